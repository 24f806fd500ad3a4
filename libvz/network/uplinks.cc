#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>

#include "libvz/network/names.h"
#include "libvz/network/netlink.h"

namespace vz {

namespace {

bool covers(const IpAddress& network, const IpAddress& ip) {
  if (network.family != ip.family) return false;
  const unsigned whole = network.family == AF_INET6 ? 128 : 32;
  const unsigned bits = std::min(network.prefix.value_or(whole), whole);
  for (unsigned bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if ((network.bytes[bit / 8] & mask) != (ip.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool is_link_local(const IpAddress& ip) {
  return ip.family == AF_INET6 && ip.bytes[0] == 0xfe && (ip.bytes[1] & 0xc0) == 0x80;
}

bool leads_outside(const LinkInfo& link) {
  constexpr unsigned kUnfit = IFF_LOOPBACK | IFF_NOARP | IFF_POINTOPOINT;
  return link.ethernet && (link.flags & IFF_UP) != 0 && (link.flags & kUnfit) == 0 && link.master == 0 &&
         !is_host_end_name(link.name);
}

}  // namespace

std::vector<Uplink> choose_uplinks(const std::vector<LinkInfo>& links,
                                   const std::vector<InterfaceAddress>& addresses, const IpAddress& ip) {
  std::vector<Uplink> covering;
  std::vector<Uplink> any;
  for (const auto& link : links) {
    if (!leads_outside(link)) continue;
    const auto fits = [&](const InterfaceAddress& address, bool must_cover) {
      return address.index == link.index && address.ip.family == ip.family && !is_link_local(address.ip) &&
             (!must_cover || covers(address.ip, ip));
    };
    for (const bool must_cover : {true, false}) {
      const auto own =
          std::ranges::find_if(addresses, [&](const auto& address) { return fits(address, must_cover); });
      if (own != addresses.end()) {
        (must_cover ? covering : any).push_back(Uplink{link.index, link.name, link.mac, own->ip});
      }
    }
  }
  return covering.empty() ? any : covering;
}

Result<std::vector<std::string>> all_uplinks(Netlink& netlink) {
  VZ_ASSIGN(const auto links, netlink.links());
  std::vector<std::string> names;
  for (const auto& link : links) {
    if (leads_outside(link)) names.push_back(link.name);
  }
  return names;
}

Result<std::vector<Uplink>> find_uplinks(Netlink& netlink, const IpAddress& ip,
                                         const std::vector<std::string>& names) {
  VZ_ASSIGN(const auto addresses, netlink.addresses());
  if (names.empty()) {
    VZ_ASSIGN(const auto links, netlink.links());
    return choose_uplinks(links, addresses, ip);
  }
  std::vector<Uplink> out;
  for (const auto& name : names) {
    VZ_ASSIGN(const LinkInfo link, netlink.link(name));
    const auto own = std::ranges::find_if(addresses, [&](const auto& address) {
      return address.index == link.index && address.ip.family == ip.family;
    });
    out.push_back(
        {link.index, link.name, link.mac, own == addresses.end() ? std::nullopt : std::optional(own->ip)});
  }
  return out;
}

}  // namespace vz
