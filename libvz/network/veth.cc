#include "libvz/network/veth.h"

#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "libvz/network/filter.h"
#include "libvz/network/names.h"
#include "libvz/network/netlink.h"
#include "libvz/network/sysctl.h"

namespace vz {

namespace {

Result<void> as_veth_error(Result<void>&& result, const std::string& doing) {
  if (result) return {};
  return std::unexpected(std::move(result).error().context(doing).with_code(ExitCode::veth));
}

Result<void> check_names(const Veth& veth) {
  for (const auto& name : {veth.ifname, veth.host_ifname}) {
    if (!is_valid_interface_name(name)) return fail(ExitCode::veth, "bad interface name '" + name + "'");
  }
  if (!veth.mac || !veth.host_mac) return fail(ExitCode::veth, veth.ifname + " has no MAC");
  return {};
}

bool filtered(const Veth& veth) {
  return veth.mac_filter.value_or(true);
}

// What a bridge forwards is seen by its own family only, and what is routed never by it.
Result<void> set_filter(const Veth& veth) {
  if (!filtered(veth)) return {};
  return apply_filter({FilterFamily::inet, FilterFamily::bridge},
                      veth_filter_script(veth.host_ifname, *veth.mac));
}

Result<void> clear_filter(const Veth& veth) {
  return apply_filter({FilterFamily::inet, FilterFamily::bridge}, veth_clear_script(veth.host_ifname));
}

Result<LinkInfo> find_bridge(Netlink& netlink, const std::string& name) {
  VZ_ASSIGN(const auto link, netlink.find_link(name));
  if (!link) return fail_errno(ExitCode::veth, "bridge " + name, ENODEV);
  if (link->kind != "bridge") return fail(ExitCode::veth, name + " is not a bridge");
  return *link;
}

Result<void> connect_host_end(Netlink& netlink, const Veth& veth) {
  VZ_ASSIGN(const LinkInfo end, netlink.link(veth.host_ifname));
  if (end.mac != *veth.host_mac) VZ_TRY(netlink.set_mac(end.index, *veth.host_mac));
  int master = 0;
  if (!veth.bridge.empty()) {
    VZ_ASSIGN(const LinkInfo bridge, find_bridge(netlink, veth.bridge));
    master = bridge.index;
    VZ_TRY(prepare_bridge_port(veth.host_ifname));
  }
  if (end.master != master) VZ_TRY(netlink.set_master(end.index, master));
  return netlink.set_up(end.index, true);
}

// The first slot may be taken by another interface of the container (eth0 and lan0).
Result<void> create_pair(Netlink& netlink, Ctid ctid, int netns_fd, const Veth& veth) {
  const unsigned first = first_veth_slot(veth.ifname);
  for (unsigned tried = 0;; ++tried) {
    const unsigned slot = (first - 1 + tried) % (kIfindexSlots - 1) + 1;
    auto created = netlink.create_veth({.netns_fd = netns_fd,
                                        .name = veth.ifname,
                                        .ifindex = container_ifindex(ctid, slot),
                                        .mac = veth.mac,
                                        .host_name = veth.host_ifname,
                                        .host_mac = veth.host_mac});
    if (created) return {};
    const int error = created.error().errno_value();
    if ((error != EEXIST && error != EBUSY) || tried + 2 == kIfindexSlots) return created;
  }
}

Result<void> create(Ctid ctid, int netns_fd, const Veth& veth) {
  VZ_TRY(check_names(veth));
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  if (!veth.bridge.empty()) VZ_TRY(find_bridge(netlink, veth.bridge));
  VZ_TRY(set_filter(veth));
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  VZ_ASSIGN(const auto there, inside.find_link(veth.ifname));
  if (there) return fail_errno(ExitCode::veth, veth.ifname, EEXIST);
  VZ_ASSIGN(const auto host_end, netlink.find_link(veth.host_ifname));
  if (host_end) return fail_errno(ExitCode::veth, veth.host_ifname, EEXIST);
  VZ_TRY(create_pair(netlink, ctid, netns_fd, veth));
  VZ_TRY(connect_host_end(netlink, veth));
  VZ_ASSIGN(const LinkInfo loopback, inside.link("lo"));
  VZ_TRY(inside.set_up(loopback.index, true));
  VZ_ASSIGN(const LinkInfo end, inside.link(veth.ifname));
  return inside.set_up(end.index, true);
}

Result<void> update(int netns_fd, const Veth& from, const Veth& to) {
  VZ_TRY(check_names(to));
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  if (filtered(to)) {
    VZ_TRY(set_filter(to));
  } else {
    VZ_TRY(clear_filter(to));
  }
  if (to.mac != from.mac) {
    VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
    VZ_ASSIGN(const LinkInfo end, inside.link(to.ifname));
    VZ_TRY(inside.set_mac(end.index, *to.mac));
  }
  return connect_host_end(netlink, to);
}

}  // namespace

Result<void> create_veth(Ctid ctid, int netns_fd, const Veth& veth) {
  return as_veth_error(create(ctid, netns_fd, veth), "set up " + veth.ifname);
}

Result<void> remove_veth(const Veth& veth) {
  const auto take_away = [&]() -> Result<void> {
    VZ_TRY(check_names(veth));
    VZ_ASSIGN(Netlink netlink, Netlink::open());
    VZ_TRY(netlink.delete_link(veth.host_ifname));
    return clear_filter(veth);
  };
  return as_veth_error(take_away(), "remove " + veth.ifname);
}

Result<void> update_veth(int netns_fd, const Veth& from, const Veth& to) {
  return as_veth_error(update(netns_fd, from, to), "change " + to.ifname);
}

Result<void> prepare_veth(const Veth& veth) {
  const auto prepare = [&]() -> Result<void> {
    VZ_TRY(check_names(veth));
    if (!veth.bridge.empty()) VZ_TRY(check_bridge(veth.bridge));
    return set_filter(veth);
  };
  return as_veth_error(prepare(), "prepare " + veth.ifname);
}

Result<void> attach_veth(const Veth& veth) {
  const auto attach = [&]() -> Result<void> {
    VZ_TRY(check_names(veth));
    VZ_ASSIGN(Netlink netlink, Netlink::open());
    return connect_host_end(netlink, veth);
  };
  return as_veth_error(attach(), "attach " + veth.ifname);
}

Result<void> check_bridge(const std::string& name) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_TRY(find_bridge(netlink, name));
  return {};
}

Result<Mac> first_host_mac() {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const auto links, netlink.links());
  const auto first = std::ranges::find_if(links, [](const LinkInfo& link) {
    return link.ethernet && (link.flags & IFF_LOOPBACK) == 0 && !is_host_end_name(link.name);
  });
  return first == links.end() ? Mac{} : first->mac;
}

}  // namespace vz
