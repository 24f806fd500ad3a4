#include "libvz/container/network.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "libvz/container/live_addresses.h"
#include "libvz/container/netdevs.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/network/announce.h"
#include "libvz/network/gate.h"
#include "libvz/network/names.h"
#include "libvz/network/netlink.h"
#include "libvz/network/shaping.h"
#include "libvz/network/veth.h"

namespace vz {

namespace {

Result<Fd> network_namespace(pid_t init_pid) {
  return open_file("/proc/" + std::to_string(init_pid) + "/ns/net", O_RDONLY);
}

// What NEIGHBOUR_DEVS names; empty: to be found out for each address.
Result<std::vector<std::string>> neighbour_devices(const GlobalConfig& global) {
  if (global.neighbours == GlobalConfig::Neighbours::detect) return std::vector<std::string>{};
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  if (global.neighbours == GlobalConfig::Neighbours::all) return all_uplinks(netlink);
  std::vector<std::string> names;
  for (const auto& name : global.neighbour_devices) {
    VZ_ASSIGN(const auto link, netlink.find_link(name));
    if (link) {
      names.push_back(name);
    } else {
      log_error("Warning: NEIGHBOUR_DEVS names " + name + ", which is not there");
    }
  }
  return names;
}

std::string texts(const std::vector<IpAddress>& ips) {
  std::string text;
  for (const auto& ip : ips) text += " " + ip.address();
  return text;
}

// Neighbours on the same network answer within a few milliseconds.
constexpr std::chrono::milliseconds kProbeTime{300};

void warn_of_failed_probe(const Error& error) {
  log_error("Warning: cannot look for other computers with the container's addresses: " + error.text());
}

std::string found_elsewhere(const DuplicateCheck::Conflict& conflict) {
  return conflict.ip.address() + " is detected on another computer : " + conflict.mac.text();
}

}  // namespace

AddressProbe::AddressProbe(const GlobalConfig& global, const std::vector<IpAddress>& ips)
    : fatal_(global.error_on_arpfail) {
  if (global.skip_arpdetect || ips.empty()) return;
  auto check = DuplicateCheck::start(ips, venet_options(global).uplinks);
  if (check) {
    check_ = *std::move(check);
  } else {
    warn_of_failed_probe(check.error());
  }
}

Result<void> AddressProbe::require_unused() {
  if (!fatal_ || !check_) return {};
  const auto conflicts = check_->finish(kProbeTime);
  check_.reset();
  if (!conflicts) {
    warn_of_failed_probe(conflicts.error());
    return {};
  }
  if (conflicts->empty()) return {};
  return fail(ExitCode::cannot_add_ip, found_elsewhere(conflicts->front()));
}

void AddressProbe::finish() {
  if (!check_) return;
  const auto conflicts = check_->finish(kProbeTime);
  if (!conflicts) return warn_of_failed_probe(conflicts.error());
  for (const auto& conflict : *conflicts) log_error("Warning: " + found_elsewhere(conflict));
}

Result<std::vector<Veth>> veths_of(const GlobalConfig& global, const ContainerConfig& config) {
  if (!config.merged.netif || config.merged.netif->empty()) return std::vector<Veth>{};
  VZ_ASSIGN(const Mac host_mac, first_host_mac());
  auto veths = complete_veths(config, *config.merged.netif, host_mac);
  for (auto& veth : veths) {
    if (veth.bridge.empty()) veth.bridge = global.default_bridge;
  }
  return veths;
}

VenetOptions venet_options(const GlobalConfig& global) {
  VenetOptions options{.ipv6 = global.ipv6, .uplinks = {}, .source_device = global.route_source_device};
  auto devices = neighbour_devices(global);
  if (devices) {
    options.uplinks = *std::move(devices);
  } else {
    log_error("Warning: cannot look at the host's interfaces: " + devices.error().text());
  }
  return options;
}

std::vector<IpAddress> used_addresses(const GlobalConfig& global, const Parameters& parameters) {
  auto ips = parameters.ip.value_or(std::vector<IpAddress>{});
  if (!global.ipv6) std::erase_if(ips, [](const IpAddress& ip) { return ip.family == AF_INET6; });
  return ips;
}

void warn_of_unused_addresses(const GlobalConfig& global, const Parameters& parameters) {
  if (used_addresses(global, parameters).size() < parameters.ip.value_or(std::vector<IpAddress>{}).size())
    log_info("WARNING: IPv6 support is disabled");
}

std::vector<Veth> complete_veths(const ContainerConfig& config, const std::vector<Veth>& veths,
                                 const Mac& host_mac) {
  std::vector<Veth> complete;
  for (const auto& veth : veths) complete.push_back(complete_veth(config.ctid, veth, host_mac));
  return complete;
}

std::vector<std::string> host_interfaces(const ContainerConfig& config) {
  std::vector<std::string> names = {venet_host_name(config.ctid)};
  for (const auto& veth : complete_veths(config, config.merged.netif.value_or(std::vector<Veth>{}), Mac{})) {
    names.push_back(veth.host_ifname);
  }
  return names;
}

Result<void> check_network(const GlobalConfig& global, const ContainerConfig& config) {
  for (const auto& ip : used_addresses(global, config.merged)) {
    VZ_ASSIGN(const bool used, address_in_use_on_host(ip, config.ctid));
    if (used)
      return fail(ExitCode::ip_in_use, "IP address " + ip.address() + " is already in use on this node");
  }
  VZ_ASSIGN(const auto veths, veths_of(global, config));
  for (const auto& veth : veths) {
    if (!veth.bridge.empty()) VZ_TRY(check_bridge(veth.bridge));
  }
  return {};
}

Result<void> run_veth_hook(const GlobalConfig& global, Ctid ctid, const Veth& veth) {
  if (!exists(global.paths.config + "/vznet.conf")) return {};
  const std::string hook = global.paths.programs + "/vznetcfg";
  Command command;
  command.argv = {hook, "init", "veth", veth.host_ifname};
  command.environment = {kPathVariable, "VEID=" + std::to_string(ctid)};
  command.capture = false;
  const auto finished = run(command);
  if (finished && finished->ok()) return {};
  if (!finished) log_error(finished.error().text());
  return fail(ExitCode::veth, hook + " exited with error");
}

Result<void> shape_container(const GlobalConfig& global, const ContainerConfig& config) {
  const auto rates = config.merged.rate.value_or(std::vector<RateRule>{});
  if (!global.shaping) {
    if (!rates.empty())
      log_error("Warning: RATE is not enforced: TRAFFIC_SHAPING is not yes in " +
                global.paths.global_config());
    return {};
  }
  ShapingOptions options{
      .links = {},
      .total_rates = global.total_rate,
      .classes = load_network_classes(global.paths.container_configs() + "/networks_classes")};
  VZ_ASSIGN(options.links, shaped_links(global.bandwidth));
  return shape_traffic(global.paths, options,
                       {.ctid = config.ctid,
                        .host_ends = host_interfaces(config),
                        .rates = rates,
                        .bound = config.merged.ratebound.value_or(false)});
}

Result<void> create_network(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                            UndoStack& undo) {
  VZ_TRY(check_network(global, config));
  VZ_ASSIGN(const Fd netns, network_namespace(init_pid));
  undo.add("remove the network", [&global, &config] { return remove_network(global, config); });
  VZ_TRY(take_back_netdevs(global.paths, config.ctid));
  warn_of_unused_addresses(global, config.merged);
  const auto ips = used_addresses(global, config.merged);
  VZ_TRY(record_live_addresses(global.paths, config.ctid, ips));
  if (!ips.empty()) {
    log_info("Adding IP address(es):" + texts(ips));
    VZ_TRY(create_venet(config.ctid, netns.get(), ips, venet_options(global)));
  }
  VZ_ASSIGN(const auto veths, veths_of(global, config));
  if (!veths.empty()) {
    std::string names;
    for (const auto& veth : veths) names += veth.host_ifname + " ";
    log_info("Configure veth devices: " + names);
  }
  for (const auto& veth : veths) {
    VZ_TRY(create_veth(config.ctid, netns.get(), veth));
    VZ_TRY(run_veth_hook(global, config.ctid, veth));
  }
  const auto netdevs = config.merged.netdev.value_or(std::vector<std::string>{});
  if (!netdevs.empty()) log_info("Adding network devices: " + join(netdevs, " "));
  for (const auto& name : netdevs) VZ_TRY(give_netdev(global.paths, config.ctid, init_pid, name));
  VZ_TRY(shape_container(global, config));
  return open_gate(host_interfaces(config));
}

Result<void> remove_network(const GlobalConfig& global, const ContainerConfig& config) {
  // They stay where they are, and the next start or stop tries again; the container has ended all the same.
  if (auto back = take_back_netdevs(global.paths, config.ctid); !back) log_error(back.error().text());
  VZ_ASSIGN(const auto veths, veths_of(global, config));
  for (const auto& veth : veths) VZ_TRY(remove_veth(veth));
  auto ips = used_addresses(global, config.merged);
  for (const auto& ip : live_addresses(global, config)) {
    if (std::ranges::find(ips, ip) == ips.end()) ips.push_back(ip);
  }
  VZ_TRY(remove_venet(config.ctid, ips, venet_options(global)));
  VZ_TRY(forget_live_addresses(global.paths, config.ctid));
  VZ_TRY(unshape_traffic(global.paths, config.ctid, host_interfaces(config)));
  return open_gate(host_interfaces(config));
}

Result<void> prepare_restored_network(const GlobalConfig& global, const ContainerConfig& config,
                                      UndoStack& undo) {
  undo.add("remove the network", [&global, &config] { return remove_network(global, config); });
  VZ_TRY(take_back_netdevs(global.paths, config.ctid));
  VZ_TRY(close_gate(host_interfaces(config)));
  const auto ips = used_addresses(global, config.merged);
  // Not while it stands still: it is written through to the disk.
  VZ_TRY(record_live_addresses(global.paths, config.ctid, ips));
  if (!ips.empty()) VZ_TRY(prepare_venet(config.ctid, ips, venet_options(global)));
  VZ_ASSIGN(const auto veths, veths_of(global, config));
  for (const auto& veth : veths) VZ_TRY(prepare_veth(veth));
  return shape_container(global, config);
}

Result<void> attach_restored_network(const GlobalConfig& global, const ContainerConfig& config) {
  const auto ips = used_addresses(global, config.merged);
  if (!ips.empty()) VZ_TRY(attach_venet(config.ctid, ips, venet_options(global)));
  VZ_ASSIGN(const auto veths, veths_of(global, config));
  for (const auto& veth : veths) VZ_TRY(attach_veth(veth));
  return {};
}

void announce_network(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid) {
  const auto ips = used_addresses(global, config.merged);
  if (!ips.empty()) {
    if (auto done = announce_addresses(ips, venet_options(global).uplinks); !done)
      log_error("Warning: cannot announce addresses: " + done.error().text());
    // Only now: packets of the container wait for it, and their answers must find the way here.
    if (auto done = announce_host_end(venet_host_name(config.ctid)); !done)
      log_error("Warning: cannot announce the next hop: " + done.error().text());
  }
  auto netns = network_namespace(init_pid);
  if (!netns) return;
  for (const auto& veth : config.merged.netif.value_or(std::vector<Veth>{})) {
    if (auto done = announce_interface(netns->get(), veth.ifname); !done) {
      log_error("Warning: cannot announce " + veth.ifname + ": " + done.error().text());
    }
  }
}

}  // namespace vz
