#include "libvz/network/venet.h"

#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "libvz/network/filter.h"
#include "libvz/network/names.h"
#include "libvz/network/netlink.h"
#include "libvz/network/sysctl.h"

namespace vz {

namespace {

const IpAddress kGateway4{.family = AF_INET, .bytes = {169, 254, 0, 1}, .prefix = {}};
const IpAddress kGateway6{
    .family = AF_INET6, .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .prefix = 64};

IpAddress single(IpAddress ip) {
  ip.prefix.reset();
  return ip;
}

bool any_of_family(const std::vector<IpAddress>& ips, int family) {
  return std::ranges::any_of(ips, [family](const auto& ip) { return ip.family == family; });
}

Result<void> as_ip_error(Result<void>&& result, const std::string& doing) {
  if (result) return {};
  return std::unexpected(std::move(result).error().context(doing).with_code(ExitCode::cannot_add_ip));
}

// The host's view, read once for all addresses of one call.
struct Host {
  Netlink netlink;
  std::vector<LinkInfo> links;
  std::vector<InterfaceAddress> addresses;

  static Result<Host> look() {
    VZ_ASSIGN(Netlink netlink, Netlink::open());
    VZ_ASSIGN(auto links, netlink.links());
    VZ_ASSIGN(auto addresses, netlink.addresses());
    return Host{std::move(netlink), std::move(links), std::move(addresses)};
  }

  Result<std::vector<Uplink>> uplinks(const IpAddress& ip, const VenetOptions& options) {
    if (!options.uplinks.empty()) return find_uplinks(netlink, ip, options.uplinks);
    return choose_uplinks(links, addresses, ip);
  }

  // None: the device is not there or has no address of that family.
  std::optional<IpAddress> source(int family, const VenetOptions& options) const {
    const auto device = std::ranges::find(links, options.source_device, &LinkInfo::name);
    if (options.source_device.empty() || device == links.end()) return std::nullopt;
    const auto own = std::ranges::find_if(addresses, [&](const InterfaceAddress& address) {
      const bool link_local = family == AF_INET6 && address.ip.bytes[0] == 0xfe;
      return address.index == device->index && address.ip.family == family && !link_local;
    });
    return own == addresses.end() ? std::nullopt : std::optional(own->ip);
  }
};

Result<void> prepare_uplinks(Host& host, const std::vector<IpAddress>& ips, const VenetOptions& options) {
  for (const auto& ip : ips) {
    VZ_ASSIGN(const auto uplinks, host.uplinks(ip, options));
    for (const auto& uplink : uplinks) VZ_TRY(prepare_uplink(uplink.name, ip.family));
  }
  return {};
}

Result<void> add_on_host(Host& host, int host_end, const IpAddress& ip, const VenetOptions& options) {
  VZ_TRY(host.netlink.add_route(
      {.destination = single(ip), .index = host_end, .source = host.source(ip.family, options)}));
  VZ_ASSIGN(const auto uplinks, host.uplinks(ip, options));
  for (const auto& uplink : uplinks) VZ_TRY(host.netlink.add_proxy(uplink.index, ip));
  return {};
}

// Wherever the proxy entry may be: the uplinks may have changed since it was made.
Result<void> remove_on_host(Host& host, std::optional<int> host_end, const IpAddress& ip) {
  for (const auto& link : host.links) {
    if (link.ethernet && !is_host_end_name(link.name)) VZ_TRY(host.netlink.del_proxy(link.index, ip));
  }
  if (host_end) VZ_TRY(host.netlink.del_route({.destination = single(ip), .index = *host_end}));
  return {};
}

Result<void> set_up_host_end(Host& host, Ctid ctid, const std::vector<IpAddress>& ips,
                             const VenetOptions& options) {
  const std::string name = venet_host_name(ctid);
  VZ_ASSIGN(const LinkInfo end, host.netlink.link(name));
  VZ_TRY(prepare_host_end(name, options.ipv6));
  // The same on every node, so that a neighbour entry inside stays true after a move.
  const Mac mac = generate_mac(name, ctid, Mac{});
  if (end.mac != mac) VZ_TRY(host.netlink.set_mac(end.index, mac));
  VZ_TRY(host.netlink.set_up(end.index, true));
  VZ_TRY(host.netlink.add_address(end.index, kGateway4, true));
  if (any_of_family(ips, AF_INET6)) VZ_TRY(host.netlink.add_address(end.index, kGateway6));
  for (const auto& ip : ips) VZ_TRY(add_on_host(host, end.index, ip, options));
  return {};
}

Result<void> add_inside(Netlink& inside, int index, const IpAddress& ip) {
  VZ_TRY(inside.add_address(index, single(ip)));
  const IpAddress& gateway = ip.family == AF_INET6 ? kGateway6 : kGateway4;
  return inside.add_route({.index = index, .gateway = single(gateway), .family = ip.family}, false);
}

Result<void> set_up_inside(int netns_fd, const std::vector<IpAddress>& ips) {
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  VZ_ASSIGN(const LinkInfo loopback, inside.link("lo"));
  VZ_TRY(inside.set_up(loopback.index, true));
  VZ_ASSIGN(const LinkInfo end, inside.link(kVenetName));
  VZ_TRY(inside.set_up(end.index, true));
  for (const auto& ip : ips) VZ_TRY(add_inside(inside, end.index, ip));
  return {};
}

Result<void> create(Ctid ctid, int netns_fd, const std::vector<IpAddress>& ips, const VenetOptions& options) {
  VZ_TRY(apply_filter({FilterFamily::inet}, venet_filter_script(ctid, ips)));
  VZ_ASSIGN(Host host, Host::look());
  VZ_TRY(prepare_uplinks(host, ips, options));
  const std::string name = venet_host_name(ctid);
  VZ_TRY(host.netlink.delete_link(name));
  VZ_TRY(host.netlink.create_veth({.netns_fd = netns_fd,
                                   .name = kVenetName,
                                   .ifindex = container_ifindex(ctid, 0),
                                   .mac = generate_mac(kVenetName, ctid, Mac{}),
                                   .host_name = name,
                                   .host_mac = generate_mac(name, ctid, Mac{})}));
  VZ_TRY(set_up_host_end(host, ctid, ips, options));
  return set_up_inside(netns_fd, ips);
}

Result<void> add(Ctid ctid, int netns_fd, const IpAddress& ip, const VenetOptions& options) {
  VZ_ASSIGN(Host host, Host::look());
  VZ_ASSIGN(const auto host_end, host.netlink.find_link(venet_host_name(ctid)));
  if (!host_end) return create(ctid, netns_fd, {ip}, options);
  VZ_TRY(apply_filter({FilterFamily::inet}, venet_add_script(ctid, ip)));
  VZ_TRY(prepare_uplinks(host, {ip}, options));
  VZ_TRY(set_up_host_end(host, ctid, {ip}, options));
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  VZ_ASSIGN(const LinkInfo end, inside.link(kVenetName));
  return add_inside(inside, end.index, ip);
}

Result<void> remove(Ctid ctid, int netns_fd, const IpAddress& ip) {
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  VZ_ASSIGN(const auto end, inside.find_link(kVenetName));
  if (end) VZ_TRY(inside.del_address(end->index, single(ip)));
  VZ_ASSIGN(Host host, Host::look());
  VZ_ASSIGN(const auto host_end, host.netlink.find_link(venet_host_name(ctid)));
  VZ_TRY(remove_on_host(host, host_end ? std::optional(host_end->index) : std::nullopt, ip));
  return apply_filter({FilterFamily::inet}, venet_remove_script(ctid, ip));
}

}  // namespace

Result<void> create_venet(Ctid ctid, int netns_fd, const std::vector<IpAddress>& ips,
                          const VenetOptions& options) {
  return as_ip_error(create(ctid, netns_fd, ips, options), "set up venet0");
}

Result<void> add_ip(Ctid ctid, int netns_fd, const IpAddress& ip, const VenetOptions& options) {
  return as_ip_error(add(ctid, netns_fd, ip, options), "add " + ip.text() + " to venet0");
}

Result<void> del_ip(Ctid ctid, int netns_fd, const IpAddress& ip, const VenetOptions&) {
  return as_ip_error(remove(ctid, netns_fd, ip), "remove " + ip.text() + " from venet0");
}

Result<void> remove_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions&) {
  const auto take_away = [&]() -> Result<void> {
    VZ_ASSIGN(Host host, Host::look());
    for (const auto& ip : ips) VZ_TRY(remove_on_host(host, std::nullopt, ip));
    VZ_TRY(host.netlink.delete_link(venet_host_name(ctid)));
    return apply_filter({FilterFamily::inet}, venet_clear_script(ctid));
  };
  return as_ip_error(take_away(), "remove venet0");
}

Result<void> withdraw_venet(Ctid ctid, const std::vector<IpAddress>& ips) {
  const auto withdraw = [&]() -> Result<void> {
    VZ_ASSIGN(Host host, Host::look());
    VZ_ASSIGN(const auto host_end, host.netlink.find_link(venet_host_name(ctid)));
    const auto index = host_end ? std::optional(host_end->index) : std::nullopt;
    for (const auto& ip : ips) VZ_TRY(remove_on_host(host, index, ip));
    return {};
  };
  return as_ip_error(withdraw(), "withdraw from venet0");
}

Result<void> prepare_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions& options) {
  const auto prepare = [&]() -> Result<void> {
    VZ_TRY(apply_filter({FilterFamily::inet}, venet_filter_script(ctid, ips)));
    VZ_ASSIGN(Host host, Host::look());
    return prepare_uplinks(host, ips, options);
  };
  return as_ip_error(prepare(), "prepare venet0");
}

Result<void> attach_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions& options) {
  const auto attach = [&]() -> Result<void> {
    VZ_ASSIGN(Host host, Host::look());
    return set_up_host_end(host, ctid, ips, options);
  };
  return as_ip_error(attach(), "attach venet0");
}

Result<bool> address_in_use_on_host(const IpAddress& ip, Ctid except) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const auto target, netlink.route_to(ip));
  if (!target) return false;
  if (target->local) return true;
  VZ_ASSIGN(const auto links, netlink.links());
  const auto link = std::ranges::find(links, target->index, &LinkInfo::index);
  return link != links.end() && is_host_end_name(link->name) && link->name != venet_host_name(except);
}

}  // namespace vz
