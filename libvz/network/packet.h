#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libvz/config/values.h"

namespace vz {

// Whole Ethernet frames, byte for byte, and their reading.

// An ARP packet for IPv4 with every field as wanted.
struct ArpFrame {
  Mac from;  // of the Ethernet header
  Mac to;
  bool reply = false;
  Mac sender_mac;
  IpAddress sender;
  Mac target_mac;
  IpAddress target;
};
std::string arp_frame(const ArpFrame& fields);
inline constexpr Mac kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// Gratuitous ARP: sender and target address are the announced one (RFC 5227 §2.3 and §3: as a request; as a
// reply for hosts that heed only these).
std::string arp_announcement(const Mac& mac, const IpAddress& ip, bool as_reply);
// "Who has it?" Without an own address the request is a probe (RFC 5227 §2.1.1); a host that answers for
// others (proxy ARP) stays silent then, so give one where there is one.
std::string arp_request(const Mac& mac, const std::optional<IpAddress>& own, const IpAddress& ip);
// Unsolicited, to all nodes, with the override flag and the target link-layer option (RFC 4861 §7.2.6).
std::string neighbour_advertisement(const Mac& mac, const IpAddress& ip);
// The solicitation of duplicate address detection (RFC 4862 §5.4.2): from the unspecified address to the
// solicited-node group.
std::string neighbour_probe(const Mac& mac, const IpAddress& ip);

struct Claim {
  IpAddress ip;
  Mac mac;
};
// Who claims which address with this frame: any ARP with a sender address, or a neighbour advertisement.
// Foreign bytes: anything else, or anything short, is nothing.
std::optional<Claim> read_claim(std::string_view frame);

}  // namespace vz
