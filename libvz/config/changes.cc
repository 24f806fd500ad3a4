#include "libvz/config/changes.h"

#include <algorithm>
#include <utility>

#include "libvz/core/log.h"

namespace vz {

namespace {

void resolve_ip(const Changes& changes, const Parameters& current, Parameters& out) {
  if (!changes.given.ip && !changes.delete_all_ip && changes.delete_ip.empty()) return;
  std::vector<IpAddress> list;
  if (!changes.delete_all_ip) list = current.ip.value_or(std::vector<IpAddress>());
  std::erase_if(list, [&](const IpAddress& ip) {
    return std::ranges::any_of(changes.delete_ip,
                               [&](const IpAddress& gone) { return gone.same_address(ip); });
  });
  for (const auto& added : changes.given.ip.value_or(std::vector<IpAddress>())) {
    const auto same = std::ranges::find_if(list, [&](const IpAddress& ip) { return ip.same_address(added); });
    if (same == list.end()) {
      list.push_back(added);
    } else {
      *same = added;
    }
  }
  out.ip = std::move(list);
}

void edit(Veth& veth, const Changes& changes) {
  const Veth& given = *changes.edit_netif;
  if (given.mac) veth.mac = given.mac;
  if (given.host_mac) veth.host_mac = given.host_mac;
  if (!given.host_ifname.empty()) veth.host_ifname = given.host_ifname;
  if (given.mac_filter) veth.mac_filter = given.mac_filter;
  if (changes.edit_bridge) veth.bridge = *changes.edit_bridge;
}

Result<void> resolve_netif(const Changes& changes, const Parameters& current, Parameters& out) {
  if (!changes.given.netif && !changes.delete_all_netif && changes.delete_netif.empty() &&
      !changes.edit_netif) {
    return {};
  }
  auto list = current.netif.value_or(std::vector<Veth>());
  const auto named = [&](const std::string& name) {
    return std::ranges::find_if(list, [&](const Veth& veth) { return veth.ifname == name; });
  };
  if (changes.delete_all_netif) list.clear();
  for (const auto& name : changes.delete_netif) {
    if (const auto found = named(name); found != list.end()) {
      list.erase(found);
    } else {
      log_error("Container does not have configured veth: " + name + ", skipped");
    }
  }
  for (auto veth : changes.given.netif.value_or(std::vector<Veth>())) {
    if (const auto found = named(veth.ifname); found != list.end()) {
      *found = std::move(veth);
    } else {
      list.push_back(std::move(veth));
    }
  }
  if (changes.edit_netif) {
    const auto found = named(changes.edit_netif->ifname);
    if (found == list.end()) {
      return fail(ExitCode::invalid_syntax, "Invalid usage: veth device " + changes.edit_netif->ifname +
                                                " is not configured, use --netif_add option first");
    }
    edit(*found, changes);
  }
  out.netif = std::move(list);
  return {};
}

void resolve_devnodes(const Changes& changes, const Parameters& current, Parameters& out) {
  if (!changes.given.devnodes) return;
  auto list = current.devnodes.value_or(std::vector<DeviceNode>());
  for (const auto& node : *changes.given.devnodes) {
    const auto same =
        std::ranges::find_if(list, [&](const DeviceNode& old) { return old.name == node.name; });
    if (same == list.end()) {
      list.push_back(node);
    } else {
      *same = node;
    }
  }
  out.devnodes = std::move(list);
}

void resolve_capability(const Changes& changes, const Parameters& current, Parameters& out) {
  if (!changes.given.capability) return;
  auto all = current.capability.value_or(CapabilityChanges());
  for (const auto& [number, on] : *changes.given.capability) all[number] = on;
  out.capability = std::move(all);
}

}  // namespace

Result<Parameters> resolve_changes(const Changes& changes, const Parameters& current) {
  Parameters out = changes.given;
  out.netif.reset();
  resolve_ip(changes, current, out);
  VZ_TRY(resolve_netif(changes, current, out));
  resolve_devnodes(changes, current, out);
  resolve_capability(changes, current, out);
  // These can be replaced but not emptied.
  if (out.nameserver && out.nameserver->empty()) out.nameserver.reset();
  if (out.searchdomain && out.searchdomain->empty()) out.searchdomain.reset();
  return out;
}

}  // namespace vz
