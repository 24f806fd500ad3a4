#pragma once

#include <string>

#include "libvz/network/netlink.h"

namespace vz {

// The interface, if neighbours can be spoken to over it. Otherwise: "unknown iface X : No such device",
// "iface 'X' is not ARPable", "iface 'X' is down", "iface 'X' is slave". Source of the words: arpsend of
// vzctl 4.x.
Result<LinkInfo> usable_link(Netlink& netlink, const std::string& ifname);

// Sends one unsolicited neighbour advertisement for an IPv6 address to all nodes of the interface's network.
Result<void> advertise(const IpAddress& ip, const std::string& ifname);

}  // namespace vz
