#include "libvz/network/announce.h"

#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "libvz/network/netns.h"
#include "libvz/network/packet.h"
#include "libvz/network/packet_socket.h"

namespace vz {

namespace {

Result<void> announce_one(int socket, const Mac& mac, const IpAddress& ip) {
  if (ip.family == AF_INET6) return send_frame(socket, neighbour_advertisement(mac, ip));
  VZ_TRY(send_frame(socket, arp_announcement(mac, ip, false)));
  return send_frame(socket, arp_announcement(mac, ip, true));
}

}  // namespace

Result<void> announce_addresses(const std::vector<IpAddress>& ips, const std::vector<std::string>& uplinks) {
  if (ips.empty()) return {};
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const auto links, netlink.links());
  VZ_ASSIGN(const auto addresses, netlink.addresses());
  std::map<int, Fd> sockets;
  Result<void> first_error;
  for (const auto& ip : ips) {
    std::vector<Uplink> found = choose_uplinks(links, addresses, ip);
    if (!uplinks.empty()) {
      VZ_ASSIGN(found, find_uplinks(netlink, ip, uplinks));
    }
    for (const auto& uplink : found) {
      Fd& socket = sockets[uplink.index];
      if (!socket) {
        VZ_ASSIGN(socket, open_packet_socket(uplink.index, 0));
      }
      auto sent = announce_one(socket.get(), uplink.mac, ip);
      if (!sent && first_error)
        first_error = fail(std::move(sent), "announce " + ip.address() + " on " + uplink.name);
    }
  }
  return first_error;
}

Result<void> announce_host_end(const std::string& ifname) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const LinkInfo link, netlink.link(ifname));
  VZ_ASSIGN(const auto addresses, netlink.addresses());
  VZ_ASSIGN(const Fd socket, open_packet_socket(link.index, 0));
  for (const auto& address : addresses) {
    if (address.index == link.index) VZ_TRY(announce_one(socket.get(), link.mac, address.ip));
  }
  return {};
}

Result<void> announce_interface(int netns_fd, const std::string& ifname) {
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  VZ_ASSIGN(const LinkInfo link, inside.link(ifname));
  VZ_ASSIGN(const auto addresses, inside.addresses());
  Fd socket;
  VZ_TRY(run_in_netns(netns_fd, [&]() -> Result<void> {
    VZ_ASSIGN(socket, open_packet_socket(link.index, 0));
    return {};
  }));
  for (const auto& address : addresses) {
    if (address.index == link.index) VZ_TRY(announce_one(socket.get(), link.mac, address.ip));
  }
  return {};
}

}  // namespace vz
