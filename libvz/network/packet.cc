#include "libvz/network/packet.h"

#include <sys/socket.h>

#include <cstring>
#include <vector>

namespace vz {

namespace {

constexpr size_t kEthernetHeader = 14;
constexpr size_t kIpv6Header = 40;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kSolicitation = 135;
constexpr std::uint8_t kAdvertisement = 136;

IpAddress unspecified(int family) {
  IpAddress out;
  out.family = family;
  return out;
}

std::uint8_t byte_at(std::string_view bytes, size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}
unsigned word_at(std::string_view bytes, size_t at) {
  return static_cast<unsigned>(byte_at(bytes, at)) << 8 | byte_at(bytes, at + 1);
}

void put(std::string& out, const std::uint8_t* bytes, size_t count) {
  out.append(reinterpret_cast<const char*>(bytes), count);
}
void put(std::string& out, const Mac& mac) {
  put(out, mac.bytes.data(), mac.bytes.size());
}
void put8(std::string& out, unsigned value) {
  out.push_back(static_cast<char>(value & 0xff));
}
void put16(std::string& out, unsigned value) {
  put8(out, value >> 8);
  put8(out, value);
}

std::string arp(const Mac& mac, const IpAddress& sender, const Mac& target_mac, const IpAddress& target,
                bool reply) {
  return arp_frame({.from = mac,
                    .to = kBroadcastMac,
                    .reply = reply,
                    .sender_mac = mac,
                    .sender = sender,
                    .target_mac = target_mac,
                    .target = target});
}

// RFC 1071, over the pseudo header of RFC 8200 §8.1 and the message.
unsigned icmpv6_checksum(const IpAddress& source, const IpAddress& destination, const std::string& message) {
  std::string whole;
  put(whole, source.bytes.data(), 16);
  put(whole, destination.bytes.data(), 16);
  put16(whole, 0);
  put16(whole, static_cast<unsigned>(message.size()));
  put16(whole, 0);
  put16(whole, kIcmpv6);
  whole += message;
  std::uint32_t sum = 0;
  for (size_t at = 0; at < whole.size(); at += 2) sum += word_at(whole, at);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

std::string icmpv6(const Mac& mac, const IpAddress& source, const IpAddress& destination,
                   std::string message) {
  const unsigned checksum = icmpv6_checksum(source, destination, message);
  message[2] = static_cast<char>(checksum >> 8);
  message[3] = static_cast<char>(checksum & 0xff);
  std::string out;
  const std::uint8_t group[6] = {
      0x33, 0x33, destination.bytes[12], destination.bytes[13], destination.bytes[14], destination.bytes[15]};
  put(out, group, sizeof group);
  put(out, mac);
  put16(out, 0x86dd);
  put16(out, 0x6000);
  put16(out, 0);
  put16(out, static_cast<unsigned>(message.size()));
  put8(out, kIcmpv6);
  put8(out, 255);
  put(out, source.bytes.data(), 16);
  put(out, destination.bytes.data(), 16);
  return out + message;
}

// Type, code, room for the checksum, flags, target.
std::string neighbour_message(std::uint8_t type, std::uint8_t flags, const IpAddress& target) {
  std::string out;
  put8(out, type);
  put8(out, 0);
  put16(out, 0);
  put8(out, flags);
  out.append(3, '\0');
  put(out, target.bytes.data(), 16);
  return out;
}

IpAddress ipv6(std::string_view bytes) {
  IpAddress out;
  out.family = AF_INET6;
  std::memcpy(out.bytes.data(), bytes.data(), 16);
  return out;
}

Mac mac_at(std::string_view frame, size_t at) {
  Mac out;
  std::memcpy(out.bytes.data(), frame.data() + at, 6);
  return out;
}

std::optional<Claim> read_arp(std::string_view frame) {
  constexpr size_t kArp = kEthernetHeader;
  if (frame.size() < kArp + 28 || word_at(frame, kArp) != 1 || word_at(frame, kArp + 2) != 0x0800)
    return std::nullopt;
  Claim claim{.ip = unspecified(AF_INET), .mac = mac_at(frame, kArp + 8)};
  std::memcpy(claim.ip.bytes.data(), frame.data() + kArp + 14, 4);
  return claim;
}

std::optional<Claim> read_advertisement(std::string_view frame) {
  constexpr size_t kMessage = kEthernetHeader + kIpv6Header;
  if (frame.size() < kMessage + 24 || byte_at(frame, kEthernetHeader + 6) != kIcmpv6 ||
      byte_at(frame, kEthernetHeader + 7) != 255 || byte_at(frame, kMessage) != kAdvertisement) {
    return std::nullopt;
  }
  return Claim{.ip = ipv6(frame.substr(kMessage + 8, 16)), .mac = mac_at(frame, 6)};
}

}  // namespace

std::string arp_frame(const ArpFrame& fields) {
  std::string out;
  put(out, fields.to);
  put(out, fields.from);
  put16(out, 0x0806);
  put16(out, 1);       // Ethernet
  put16(out, 0x0800);  // IPv4
  put8(out, 6);
  put8(out, 4);
  put16(out, fields.reply ? 2 : 1);
  put(out, fields.sender_mac);
  put(out, fields.sender.bytes.data(), 4);
  put(out, fields.target_mac);
  put(out, fields.target.bytes.data(), 4);
  return out;
}

std::string arp_announcement(const Mac& mac, const IpAddress& ip, bool as_reply) {
  return arp(mac, ip, as_reply ? mac : Mac{}, ip, as_reply);
}

std::string arp_request(const Mac& mac, const std::optional<IpAddress>& own, const IpAddress& ip) {
  return arp(mac, own.value_or(unspecified(AF_INET)), Mac{}, ip, false);
}

std::string neighbour_advertisement(const Mac& mac, const IpAddress& ip) {
  const IpAddress all_nodes{
      .family = AF_INET6, .bytes = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .prefix = {}};
  std::string message = neighbour_message(kAdvertisement, 0x20, ip);
  put8(message, 2);  // target link-layer address, one unit of 8 bytes
  put8(message, 1);
  put(message, mac);
  return icmpv6(mac, ip, all_nodes, std::move(message));
}

std::string neighbour_probe(const Mac& mac, const IpAddress& ip) {
  IpAddress group{.family = AF_INET6, .bytes = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}, .prefix = {}};
  for (size_t at = 13; at < 16; ++at) group.bytes[at] = ip.bytes[at];
  return icmpv6(mac, unspecified(AF_INET6), group, neighbour_message(kSolicitation, 0, ip));
}

std::optional<Claim> read_claim(std::string_view frame) {
  if (frame.size() < kEthernetHeader) return std::nullopt;
  switch (word_at(frame, 12)) {
    case 0x0806:
      return read_arp(frame);
    case 0x86dd:
      return read_advertisement(frame);
    default:
      return std::nullopt;
  }
}

}  // namespace vz
