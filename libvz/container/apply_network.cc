#include <fcntl.h>

#include <algorithm>

#include "libvz/container/aspects.h"
#include "libvz/container/dist_setup.h"
#include "libvz/container/live_addresses.h"
#include "libvz/container/netdevs.h"
#include "libvz/container/network.h"
#include "libvz/core/fd.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/core/undo.h"
#include "libvz/network/announce.h"
#include "libvz/network/veth.h"

namespace vz {

namespace {

std::string texts(const std::vector<IpAddress>& ips) {
  std::string text;
  for (const auto& ip : ips) text += " " + ip.address();
  return text;
}

std::vector<IpAddress> missing_from(const std::vector<IpAddress>& some,
                                    const std::vector<IpAddress>& others) {
  std::vector<IpAddress> missing;
  for (const auto& ip : some) {
    if (std::ranges::none_of(others, [&](const IpAddress& other) { return ip == other; }))
      missing.push_back(ip);
  }
  return missing;
}

Result<void> remove_addresses(const Change& change, int netns, const std::vector<IpAddress>& gone, bool all) {
  if (gone.empty()) return {};
  log_info((all ? "Deleting all IP address(es):" : "Deleting IP address(es):") + texts(gone));
  for (const auto& ip : gone) VZ_TRY(del_ip(change.before.ctid, netns, ip, venet_options(change.global)));
  return {};
}

Result<void> add_addresses(const Change& change, int netns, const std::vector<IpAddress>& added,
                           UndoStack& undo) {
  if (added.empty()) return {};
  for (const auto& ip : added) {
    VZ_ASSIGN(const bool used, address_in_use_on_host(ip, change.after.ctid));
    if (used)
      return fail(ExitCode::ip_in_use, "IP address " + ip.address() + " is already in use on this node");
  }
  log_info("Adding IP address(es):" + texts(added));
  AddressProbe probe(change.global, added);
  const VenetOptions options = venet_options(change.global);
  for (const auto& ip : added) {
    undo.add("remove " + ip.address(),
             [ctid = change.after.ctid, netns, ip, options] { return del_ip(ctid, netns, ip, options); });
    VZ_TRY(add_ip(change.after.ctid, netns, ip, options));
  }
  VZ_TRY(probe.require_unused());
  if (auto told = announce_addresses(added, options.uplinks); !told)
    log_error("Warning: cannot announce: " + told.error().text());
  probe.finish();
  return {};
}

Result<void> change_addresses(const Change& change, int netns) {
  if (!change.changed.ip) return {};
  warn_of_unused_addresses(change.global, change.changed);
  const auto before = used_addresses(change.global, change.before.merged);
  const auto after = used_addresses(change.global, change.after.merged);
  const auto gone = missing_from(before, after);
  const auto added = missing_from(after, before);
  if (gone.empty() && added.empty()) return {};
  const bool all = !gone.empty() && gone.size() == before.size();
  const auto record = [&](std::vector<IpAddress> ips, const std::vector<IpAddress>& more) {
    ips.insert(ips.end(), more.begin(), more.end());
    return record_live_addresses(change.global.paths, change.before.ctid, ips);
  };
  // Whatever happens meanwhile, nothing of these is forgotten.
  VZ_TRY(record(before, added));
  UndoStack undo;
  auto changed = [&]() -> Result<void> {
    VZ_TRY(remove_addresses(change, netns, gone, all));
    VZ_TRY(add_addresses(change, netns, added, undo));
    return configure_network_inside(change.global, change.after, change.init_pid, added, gone, all);
  }();
  if (!changed) {
    undo.roll_back();
    VZ_TRY(record(missing_from(before, gone), {}));
    return changed;
  }
  undo.commit();
  return record(after, {});
}

const Veth* find_veth(const std::vector<Veth>& veths, const std::string& ifname) {
  const auto found = std::ranges::find(veths, ifname, &Veth::ifname);
  return found == veths.end() ? nullptr : &*found;
}

Result<void> change_veths(const Change& change, int netns) {
  if (!change.changed.netif) return {};
  VZ_ASSIGN(const auto before, veths_of(change.global, change.before));
  VZ_ASSIGN(const auto after, veths_of(change.global, change.after));
  for (const auto& veth : before) {
    if (find_veth(after, veth.ifname) != nullptr) continue;
    log_info("Deleting veth devices: " + veth.host_ifname + " ");
    VZ_TRY(remove_veth(veth));
  }
  UndoStack undo;
  for (const auto& veth : after) {
    const Veth* old = find_veth(before, veth.ifname);
    if (old == nullptr) {
      log_info("Configure veth devices: " + veth.host_ifname + " ");
      undo.add("remove " + veth.ifname, [veth] { return remove_veth(veth); });
      VZ_TRY(create_veth(change.after.ctid, netns, veth));
      VZ_TRY(run_veth_hook(change.global, change.after.ctid, veth));
    } else if (!(*old == veth)) {
      VZ_TRY(update_veth(netns, *old, veth));
    }
  }
  undo.commit();
  return {};
}

// By what it has, as an earlier change may not have been saved.
Result<void> change_netdevs(const Change& change) {
  if (!change.changed.netdev) return {};
  const auto before = given_netdevs(change.global.paths, change.after.ctid);
  const auto& after = *change.changed.netdev;
  const auto without = [](const std::vector<std::string>& some, const std::vector<std::string>& others) {
    std::vector<std::string> rest;
    for (const auto& name : some) {
      if (std::ranges::find(others, name) == others.end()) rest.push_back(name);
    }
    return rest;
  };
  const auto gone = without(before, after);
  if (!gone.empty()) log_info("Deleting network devices: " + join(gone, " "));
  for (const auto& name : gone) VZ_TRY(take_back_netdev(change.global.paths, change.after.ctid, name));
  const auto added = without(after, before);
  if (!added.empty()) log_info("Adding network devices: " + join(added, " "));
  UndoStack undo;
  for (const auto& name : added) {
    undo.add("give " + name + " back", [&paths = change.global.paths, ctid = change.after.ctid, name] {
      return take_back_netdev(paths, ctid, name);
    });
    VZ_TRY(give_netdev(change.global.paths, change.after.ctid, change.init_pid, name));
  }
  undo.commit();
  return {};
}

Result<void> change_links(const Change& change) {
  if (!change.changed.ip && !change.changed.netif) return {};
  VZ_ASSIGN(const Fd netns, open_file("/proc/" + std::to_string(change.init_pid) + "/ns/net", O_RDONLY));
  VZ_TRY(change_addresses(change, netns.get()));
  return change_veths(change, netns.get());
}

}  // namespace

Result<void> apply_network(const Change& change) {
  VZ_TRY(change_netdevs(change));
  VZ_TRY(change_links(change));
  // A new interface is to be counted and limited too.
  if (!change.changed.rate && !change.changed.ratebound && !change.changed.netif) return {};
  if (change.changed.rate || change.changed.ratebound) log_info("Setting rate");
  return shape_container(change.global, change.after);
}

}  // namespace vz
