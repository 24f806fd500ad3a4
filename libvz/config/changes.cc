#include "libvz/config/changes.h"

#include <algorithm>
#include <functional>
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

// Elements that are the same replace each other, others are added.
template <class T, class Same>
void add_to_list(const std::optional<std::vector<T>>& added, const std::optional<std::vector<T>>& current,
                 std::optional<std::vector<T>>& out, Same same) {
  if (!added) return;
  auto list = current.value_or(std::vector<T>());
  for (const auto& element : *added) {
    const auto old = std::ranges::find_if(list, [&](const T& other) { return same(other, element); });
    if (old == list.end()) {
      list.push_back(element);
    } else {
      *old = element;
    }
  }
  out = std::move(list);
}

void change_names(const std::optional<std::vector<std::string>>& added,
                  const std::vector<std::string>& removed,
                  const std::optional<std::vector<std::string>>& current,
                  std::optional<std::vector<std::string>>& out) {
  if (!added && removed.empty()) return;
  auto kept = current.value_or(std::vector<std::string>());
  std::erase_if(kept,
                [&](const std::string& name) { return std::ranges::find(removed, name) != removed.end(); });
  add_to_list(std::optional(added.value_or(std::vector<std::string>())), std::optional(std::move(kept)), out,
              std::equal_to<>());
}

template <class Map>
void add_to_map(const std::optional<Map>& added, const std::optional<Map>& current, std::optional<Map>& out) {
  if (!added) return;
  Map all = current.value_or(Map());
  for (const auto& [key, value] : *added) all[key] = value;
  out = std::move(all);
}

}  // namespace

Result<Parameters> resolve_changes(const Changes& changes, const Parameters& current) {
  Parameters out = changes.given;
  out.netif.reset();
  resolve_ip(changes, current, out);
  VZ_TRY(resolve_netif(changes, current, out));
  const Parameters& given = changes.given;
  change_names(given.netdev, changes.delete_netdev, current.netdev, out.netdev);
  change_names(given.pci, changes.delete_pci, current.pci, out.pci);
  add_to_list(given.devices, current.devices, out.devices,
              [](const DeviceRule& a, const DeviceRule& b) { return a.same_device(b); });
  add_to_list(given.devnodes, current.devnodes, out.devnodes,
              [](const DeviceNode& a, const DeviceNode& b) { return a.name == b.name; });
  add_to_map(given.capability, current.capability, out.capability);
  add_to_map(given.features, current.features, out.features);
  // These can be replaced but not emptied.
  if (out.nameserver && out.nameserver->empty()) out.nameserver.reset();
  if (out.searchdomain && out.searchdomain->empty()) out.searchdomain.reset();
  return out;
}

}  // namespace vz
