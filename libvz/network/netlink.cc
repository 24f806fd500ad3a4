#include "libvz/network/netlink.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "libvz/network/netns.h"

namespace vz {

namespace {

template <auto Function>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Link = std::unique_ptr<rtnl_link, Release<rtnl_link_put>>;
using Address = std::unique_ptr<nl_addr, Release<nl_addr_put>>;
using InterfaceAddressPtr = std::unique_ptr<rtnl_addr, Release<rtnl_addr_put>>;
using RoutePtr = std::unique_ptr<rtnl_route, Release<rtnl_route_put>>;
using Neighbour = std::unique_ptr<rtnl_neigh, Release<rtnl_neigh_put>>;
using Cache = std::unique_ptr<nl_cache, Release<nl_cache_free>>;

constexpr int kCreate = NLM_F_CREATE | NLM_F_EXCL;
constexpr int kReplace = NLM_F_CREATE | NLM_F_REPLACE;

std::unexpected<Error> netlink_error(const std::string& what, int errno_value) {
  return fail_errno(ExitCode::netdev, what, errno_value);
}

int address_length(int family) {
  return family == AF_INET6 ? 16 : 4;
}

Address make_address(const IpAddress& ip) {
  const auto length = static_cast<size_t>(address_length(ip.family));
  Address address(nl_addr_build(ip.family, ip.bytes.data(), length));
  nl_addr_set_prefixlen(address.get(),
                        ip.prefix ? static_cast<int>(*ip.prefix) : static_cast<int>(length) * 8);
  return address;
}

Address make_address(const Mac& mac) {
  return Address(nl_addr_build(AF_LLC, mac.bytes.data(), mac.bytes.size()));
}

LinkInfo describe(rtnl_link* link) {
  LinkInfo info;
  info.index = rtnl_link_get_ifindex(link);
  info.name = rtnl_link_get_name(link);
  if (const char* kind = rtnl_link_get_type(link)) info.kind = kind;
  if (nl_addr* address = rtnl_link_get_addr(link); address != nullptr && nl_addr_get_len(address) == 6) {
    std::memcpy(info.mac.bytes.data(), nl_addr_get_binary_addr(address), 6);
  }
  info.flags = rtnl_link_get_flags(link);
  info.master = rtnl_link_get_master(link);
  info.mtu = static_cast<int>(rtnl_link_get_mtu(link));
  info.ethernet = rtnl_link_get_arptype(link) == ARPHRD_ETHER;
  return info;
}

int store_errno(sockaddr_nl*, nlmsgerr* answer, void* into) {
  *static_cast<int*>(into) = -answer->error;
  return NL_STOP;
}

}  // namespace

void Netlink::Close::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}
Netlink::Netlink(nl_sock* socket) : socket_(socket) {}
Netlink::Netlink(Netlink&&) noexcept = default;
Netlink& Netlink::operator=(Netlink&&) noexcept = default;
Netlink::~Netlink() = default;

Result<nl_sock*> Netlink::connect() {
  std::unique_ptr<nl_sock, Close> socket(nl_socket_alloc());
  if (!socket) return fail_errno(ExitCode::netdev, "netlink socket", ENOMEM);
  if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0) {
    return fail(ExitCode::netdev, std::string("netlink socket: ") + nl_geterror(error));
  }
  return socket.release();
}

Result<Netlink> Netlink::open() {
  VZ_ASSIGN(nl_sock * socket, connect());
  return Netlink(socket);
}

Result<Netlink> Netlink::open_in(int netns_fd) {
  nl_sock* socket = nullptr;
  VZ_TRY(run_in_netns(netns_fd, [&socket]() -> Result<void> {
    VZ_ASSIGN(socket, connect());
    return {};
  }));
  return Netlink(socket);
}

int Netlink::transact(nl_msg* message) {
  int kernel_errno = 0;
  nl_cb* callbacks = nl_socket_get_cb(socket_.get());
  nl_cb_err(callbacks, NL_CB_CUSTOM, store_errno, &kernel_errno);
  int error = nl_send_auto(socket_.get(), message);
  nlmsg_free(message);
  if (error >= 0) error = nl_wait_for_ack(socket_.get());
  nl_cb_err(callbacks, NL_CB_DEFAULT, nullptr, nullptr);
  nl_cb_put(callbacks);
  if (kernel_errno != 0) return kernel_errno;
  return error < 0 ? EIO : 0;
}

Result<std::vector<LinkInfo>> Netlink::links() {
  nl_cache* raw = nullptr;
  if (const int error = rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &raw); error < 0) {
    return fail(ExitCode::netdev, std::string("list interfaces: ") + nl_geterror(error));
  }
  const Cache cache(raw);
  std::vector<LinkInfo> out;
  for (nl_object* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
    out.push_back(describe(reinterpret_cast<rtnl_link*>(object)));
  }
  std::ranges::sort(out, {}, &LinkInfo::index);
  return out;
}

Result<std::optional<LinkInfo>> Netlink::find_link(const std::string& name) {
  rtnl_link* raw = nullptr;
  const int error = rtnl_link_get_kernel(socket_.get(), 0, name.c_str(), &raw);
  const Link link(raw);
  if (error == -NLE_NODEV || error == -NLE_OBJ_NOTFOUND) return std::nullopt;
  if (error < 0) return fail(ExitCode::netdev, "interface " + name + ": " + nl_geterror(error));
  return describe(raw);
}

Result<LinkInfo> Netlink::link(const std::string& name) {
  VZ_ASSIGN(const auto found, find_link(name));
  if (!found) return netlink_error("interface " + name, ENODEV);
  return *found;
}

Result<void> Netlink::create_veth(const VethPair& pair) {
  const Link link(rtnl_link_veth_alloc());
  if (!link) return netlink_error("create " + pair.name, ENOMEM);
  rtnl_link_set_name(link.get(), pair.name.c_str());
  rtnl_link_set_ifindex(link.get(), pair.ifindex);
  rtnl_link_set_ns_fd(link.get(), pair.netns_fd);
  if (pair.mac) rtnl_link_set_addr(link.get(), make_address(*pair.mac).get());
  const Link peer(rtnl_link_veth_get_peer(link.get()));
  rtnl_link_set_name(peer.get(), pair.host_name.c_str());
  if (pair.host_mac) rtnl_link_set_addr(peer.get(), make_address(*pair.host_mac).get());
  nl_msg* message = nullptr;
  if (rtnl_link_build_add_request(link.get(), kCreate, &message) < 0) {
    return netlink_error("create " + pair.name, EINVAL);
  }
  if (const int error = transact(message); error != 0) {
    return netlink_error("create " + pair.name + " (host: " + pair.host_name + ")", error);
  }
  return {};
}

Result<void> Netlink::delete_link(const std::string& name) {
  const Link link(rtnl_link_alloc());
  rtnl_link_set_name(link.get(), name.c_str());
  nl_msg* message = nullptr;
  if (rtnl_link_build_delete_request(link.get(), &message) < 0)
    return netlink_error("remove " + name, EINVAL);
  const int error = transact(message);
  if (error != 0 && error != ENODEV) return netlink_error("remove " + name, error);
  return {};
}

namespace {

Result<nl_msg*> change_message(int index, const std::function<void(rtnl_link*)>& set) {
  const Link original(rtnl_link_alloc());
  const Link changes(rtnl_link_alloc());
  rtnl_link_set_ifindex(original.get(), index);
  set(changes.get());
  nl_msg* message = nullptr;
  if (rtnl_link_build_change_request(original.get(), changes.get(), 0, &message) < 0) {
    return netlink_error("change interface", EINVAL);
  }
  return message;
}

}  // namespace

Result<void> Netlink::set_up(int index, bool up) {
  VZ_ASSIGN(nl_msg * message, change_message(index, [up](rtnl_link* link) {
              up ? rtnl_link_set_flags(link, IFF_UP) : rtnl_link_unset_flags(link, IFF_UP);
            }));
  if (const int error = transact(message); error != 0) {
    return netlink_error("bring interface " + std::to_string(index) + (up ? " up" : " down"), error);
  }
  return {};
}

Result<void> Netlink::drop_all(int index, bool drop) {
  const int flags = drop ? kReplace : 0;
  nl_msg* message = nlmsg_alloc_simple(drop ? RTM_NEWQDISC : RTM_DELQDISC, flags);
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = TC_H_ROOT;
  nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
  if (drop) {
    // A queue of one byte (tc-pfifo(8)).
    const tc_fifo_qopt one_byte{.limit = 1};
    nla_put_string(message, TCA_KIND, "bfifo");
    nla_put(message, TCA_OPTIONS, sizeof one_byte, &one_byte);
  }
  const int error = transact(message);
  // Nothing of ours there to remove.
  if (error == 0 || (!drop && (error == ENOENT || error == EINVAL))) return {};
  return netlink_error("stop interface " + std::to_string(index), error);
}

Result<void> Netlink::set_mac(int index, const Mac& mac) {
  VZ_ASSIGN(nl_msg * message, change_message(index, [&](rtnl_link* link) {
              rtnl_link_set_addr(link, make_address(mac).get());
            }));
  if (const int error = transact(message); error != 0) {
    return netlink_error("set MAC " + mac.text() + " of interface " + std::to_string(index), error);
  }
  return {};
}

Result<void> Netlink::move_link(int index, int netns_fd, const std::string& name) {
  VZ_ASSIGN(nl_msg * message, change_message(index, [&](rtnl_link* link) {
              rtnl_link_set_ns_fd(link, netns_fd);
              rtnl_link_set_name(link, name.c_str());
            }));
  if (const int error = transact(message); error != 0) return netlink_error("move " + name, error);
  return {};
}

Result<void> Netlink::set_master(int index, int master) {
  VZ_ASSIGN(nl_msg * message,
            change_message(index, [=](rtnl_link* link) { rtnl_link_set_master(link, master); }));
  if (const int error = transact(message); error != 0) return netlink_error("attach to the bridge", error);
  return {};
}

Result<std::vector<InterfaceAddress>> Netlink::addresses() {
  nl_cache* raw = nullptr;
  if (const int error = rtnl_addr_alloc_cache(socket_.get(), &raw); error < 0) {
    return fail(ExitCode::netdev, std::string("list addresses: ") + nl_geterror(error));
  }
  const Cache cache(raw);
  std::vector<InterfaceAddress> out;
  for (nl_object* object = nl_cache_get_first(raw); object != nullptr; object = nl_cache_get_next(object)) {
    auto* entry = reinterpret_cast<rtnl_addr*>(object);
    nl_addr* local = rtnl_addr_get_local(entry);
    if (local == nullptr) continue;
    InterfaceAddress address;
    address.index = rtnl_addr_get_ifindex(entry);
    address.ip.family = nl_addr_get_family(local);
    std::memcpy(address.ip.bytes.data(), nl_addr_get_binary_addr(local),
                std::min<size_t>(nl_addr_get_len(local), address.ip.bytes.size()));
    address.ip.prefix = static_cast<unsigned>(rtnl_addr_get_prefixlen(entry));
    out.push_back(address);
  }
  return out;
}

namespace {

InterfaceAddressPtr interface_address(int index, const IpAddress& ip, bool host_scope) {
  InterfaceAddressPtr entry(rtnl_addr_alloc());
  rtnl_addr_set_ifindex(entry.get(), index);
  rtnl_addr_set_local(entry.get(), make_address(ip).get());
  if (host_scope && ip.family == AF_INET) rtnl_addr_set_scope(entry.get(), RT_SCOPE_HOST);
  if (ip.family == AF_INET6) rtnl_addr_set_flags(entry.get(), IFA_F_NODAD);
  return entry;
}

}  // namespace

Result<void> Netlink::add_address(int index, const IpAddress& ip, bool host_scope) {
  nl_msg* message = nullptr;
  if (rtnl_addr_build_add_request(interface_address(index, ip, host_scope).get(), kCreate, &message) < 0) {
    return netlink_error("add address " + ip.text(), EINVAL);
  }
  const int error = transact(message);
  if (error != 0 && error != EEXIST) return netlink_error("add address " + ip.text(), error);
  return {};
}

Result<void> Netlink::del_address(int index, const IpAddress& ip) {
  nl_msg* message = nullptr;
  if (rtnl_addr_build_delete_request(interface_address(index, ip, false).get(), 0, &message) < 0) {
    return netlink_error("remove address " + ip.text(), EINVAL);
  }
  const int error = transact(message);
  if (error != 0 && error != EADDRNOTAVAIL) return netlink_error("remove address " + ip.text(), error);
  return {};
}

namespace {

std::string route_text(const Route& route) {
  return "route to " + (route.destination ? route.destination->text() : std::string("default"));
}

RoutePtr build_route(const Route& route) {
  RoutePtr out(rtnl_route_alloc());
  const int family = route.destination ? route.destination->family : route.family;
  rtnl_route_set_family(out.get(), static_cast<std::uint8_t>(family));
  rtnl_route_set_table(out.get(), RT_TABLE_MAIN);
  rtnl_route_set_protocol(out.get(), RTPROT_STATIC);
  rtnl_route_set_type(out.get(), RTN_UNICAST);
  if (route.destination) {
    rtnl_route_set_dst(out.get(), make_address(*route.destination).get());
  } else {
    IpAddress any{.family = family, .prefix = 0};
    rtnl_route_set_dst(out.get(), make_address(any).get());
  }
  if (route.source) {
    IpAddress source = *route.source;
    source.prefix.reset();
    rtnl_route_set_pref_src(out.get(), make_address(source).get());
  }
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_ifindex(hop, route.index);
  if (route.gateway) {
    rtnl_route_nh_set_gateway(hop, make_address(*route.gateway).get());
    rtnl_route_set_flags(out.get(), RTNH_F_ONLINK);
    rtnl_route_set_scope(out.get(), RT_SCOPE_UNIVERSE);
  } else {
    rtnl_route_set_scope(out.get(), family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
  }
  rtnl_route_add_nexthop(out.get(), hop);
  return out;
}

}  // namespace

Result<void> Netlink::add_route(const Route& route, bool replace) {
  nl_msg* message = nullptr;
  if (rtnl_route_build_add_request(build_route(route).get(), replace ? kReplace : kCreate, &message) < 0) {
    return netlink_error("add " + route_text(route), EINVAL);
  }
  const int error = transact(message);
  if (error != 0 && (replace || error != EEXIST)) return netlink_error("add " + route_text(route), error);
  return {};
}

Result<void> Netlink::del_route(const Route& route) {
  nl_msg* message = nullptr;
  if (rtnl_route_build_del_request(build_route(route).get(), 0, &message) < 0) {
    return netlink_error("remove " + route_text(route), EINVAL);
  }
  const int error = transact(message);
  if (error != 0 && error != ESRCH && error != ENODEV)
    return netlink_error("remove " + route_text(route), error);
  return {};
}

Result<std::optional<RouteTarget>> Netlink::route_to(const IpAddress& ip) {
  IpAddress host = ip;
  host.prefix.reset();
  rtnl_route* raw = nullptr;
  const int error = rtnl_route_lookup(socket_.get(), make_address(host).get(), &raw);
  if (error < 0 || raw == nullptr) return std::nullopt;
  const RoutePtr route(raw);
  rtnl_nexthop* hop = rtnl_route_get_nnexthops(raw) > 0 ? rtnl_route_nexthop_n(raw, 0) : nullptr;
  RouteTarget target;
  target.index = hop != nullptr ? rtnl_route_nh_get_ifindex(hop) : 0;
  target.local = rtnl_route_get_type(raw) == RTN_LOCAL;
  return target;
}

namespace {

Neighbour proxy_entry(int index, const IpAddress& ip) {
  IpAddress host = ip;
  host.prefix.reset();
  Neighbour entry(rtnl_neigh_alloc());
  rtnl_neigh_set_ifindex(entry.get(), index);
  rtnl_neigh_set_family(entry.get(), ip.family);
  rtnl_neigh_set_dst(entry.get(), make_address(host).get());
  rtnl_neigh_set_flags(entry.get(), NTF_PROXY);
  return entry;
}

}  // namespace

Result<void> Netlink::add_proxy(int index, const IpAddress& ip) {
  nl_msg* message = nullptr;
  if (rtnl_neigh_build_add_request(proxy_entry(index, ip).get(), kReplace, &message) < 0) {
    return netlink_error("answer for " + ip.address(), EINVAL);
  }
  if (const int error = transact(message); error != 0)
    return netlink_error("answer for " + ip.address(), error);
  return {};
}

Result<void> Netlink::del_proxy(int index, const IpAddress& ip) {
  nl_msg* message = nullptr;
  if (rtnl_neigh_build_delete_request(proxy_entry(index, ip).get(), 0, &message) < 0) {
    return netlink_error("stop answering for " + ip.address(), EINVAL);
  }
  const int error = transact(message);
  if (error != 0 && error != ENOENT && error != ENODEV && error != ESRCH) {
    return netlink_error("stop answering for " + ip.address(), error);
  }
  return {};
}

}  // namespace vz
