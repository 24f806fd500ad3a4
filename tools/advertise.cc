#include "tools/advertise.h"

#include <net/if.h>

#include <cerrno>

#include "libvz/network/packet.h"
#include "libvz/network/packet_socket.h"

namespace vz {

Result<LinkInfo> usable_link(Netlink& netlink, const std::string& ifname) {
  VZ_ASSIGN(const auto link, netlink.find_link(ifname));
  if (!link) return fail(ExitCode::netdev, "unknown iface " + ifname + " : No such device");
  const std::string iface = "iface '" + ifname + "' is ";
  if ((link->flags & (IFF_NOARP | IFF_LOOPBACK)) != 0) return fail(ExitCode::netdev, iface + "not ARPable");
  if ((link->flags & IFF_UP) == 0) return fail(ExitCode::netdev, iface + "down");
  if ((link->flags & IFF_SLAVE) != 0) return fail(ExitCode::netdev, iface + "slave");
  return *link;
}

Result<void> advertise(const IpAddress& ip, const std::string& ifname) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const LinkInfo link, usable_link(netlink, ifname));
  VZ_ASSIGN(const Fd socket, open_packet_socket(link.index, 0));
  return send_frame(socket.get(), neighbour_advertisement(link.mac, ip));
}

}  // namespace vz
