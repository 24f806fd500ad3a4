#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <optional>

#include "libvz/config/config_file.h"
#include "libvz/config/container_id.h"
#include "libvz/config/parameter_table.h"
#include "libvz/config/save.h"
#include "libvz/container/apply.h"
#include "libvz/container/dist_setup.h"
#include "libvz/container/live_addresses.h"
#include "libvz/container/start.h"
#include "libvz/container/status.h"
#include "libvz/container/stop.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/undo.h"
#include "libvz/isolation/cgroup_limits.h"
#include "libvz/network/names.h"
#include "libvz/network/veth.h"
#include "vzctl/command.h"
#include "vzctl/set_request.h"

namespace vz {

namespace {

constexpr const char* kNotSaved = "Error: failed to apply some parameters, not saving configuration file!";

// One run of set: what its steps hand to each other.
struct Setting {
  CommandContext& context;
  const SetRequest& request;
  std::optional<RunState> running;
  Parameters values;  // what the changed parameters are to be
  // The same for a running container, and what it has: addresses may have been set without being saved.
  Parameters live_values = {};
  ContainerConfig live_config = {};
  bool needs_restart = false;
};

Result<void> take_sample(Setting& setting) {
  if (!setting.request.sample) return {};
  const std::string path = setting.context.global.paths.sample_config(*setting.request.sample);
  const auto text = read_file(path);
  if (!text) return fail(ExitCode::apply_config, "Sample config file not found: " + path);
  Parameters sample;
  read_parameters(path, *text, sample);
  for (const auto& row : parameter_table()) {
    if (row.in_sample) row.take(sample, setting.values);
  }
  if (!sample.origin_sample) setting.values.origin_sample = *setting.request.sample;
  return {};
}

// Memory is limited only together with swap. Source: vzctl 4.x.
Result<void> check_swap(const Setting& setting) {
  const bool has_swap = setting.values.swappages || setting.context.config.merged.swappages;
  if (!setting.values.physpages || !is_vswap(setting.values) || has_swap) return {};
  return fail(ExitCode::not_enough_ubc, "Error: required UB parameter (swap) not set");
}

// After resolve(): what is asked of the addresses is asked of those that the container has.
Result<void> resolve_live(Setting& setting) {
  setting.live_config = setting.context.config;
  setting.live_values = setting.values;
  if (!setting.running || !setting.values.ip) return {};
  setting.live_config.merged.ip = live_addresses(setting.context.global, setting.context.config);
  const Changes& asked = setting.request.changes;
  Changes addresses;
  addresses.given.ip = asked.given.ip;
  addresses.delete_all_ip = asked.delete_all_ip;
  addresses.delete_ip = asked.delete_ip;
  VZ_ASSIGN(const Parameters resolved, resolve_changes(addresses, setting.live_config.merged));
  setting.live_values.ip = resolved.ip;
  return {};
}

Result<void> resolve(Setting& setting) {
  const ContainerConfig& config = setting.context.config;
  VZ_ASSIGN(setting.values, resolve_changes(setting.request.changes, config.merged));
  if (setting.request.changes.given.netif) {
    VZ_ASSIGN(const Mac host_mac, first_host_mac());
    for (auto& veth : *setting.values.netif) veth = complete_veth(config.ctid, std::move(veth), host_mac);
  }
  VZ_TRY(take_sample(setting));
  VZ_TRY(resolve_live(setting));
  return check_swap(setting);
}

// The name of the group in "Unable to apply … parameters", as it always was.
std::string cannot_apply(Aspect aspect) {
  switch (aspect) {
    case Aspect::network:
    case Aspect::identity:
      return "Unable to apply network parameters: container is not running";
    case Aspect::netdev:
      return "Unable to setup network devices: container is not running";
    case Aspect::cpu:
      return "Unable to apply CPU parameters: container is not running";
    case Aspect::devices:
      return "Unable to apply devperm: container is not running";
    case Aspect::pci:
      return "Unable to configure PCI devices: container is not running";
    case Aspect::io:
      return "Unable to apply I/O parameters: container is not running";
    case Aspect::quota:
      return "Unable to apply quota parameters: container is not running";
    case Aspect::veth:
      return "Unable to create veth: container is not running";
    case Aspect::rate:
      return "Unable to apply rate parameters: container is not running";
    case Aspect::beancounters:
    case Aspect::none:
      break;
  }
  return "Unable to apply UBC parameters: container is not running";
}

Result<void> check_stopped(const Setting& setting) {
  if (setting.request.save) return {};
  // The first one that would have been applied.
  constexpr std::array kOrder = {Aspect::beancounters, Aspect::network, Aspect::netdev, Aspect::cpu,
                                 Aspect::devices,      Aspect::pci,     Aspect::io,     Aspect::quota,
                                 Aspect::identity,     Aspect::veth,    Aspect::rate};
  for (const Aspect aspect : kOrder) {
    const bool given = std::ranges::any_of(parameter_table(), [&](const Parameter& row) {
      return row.aspect == aspect && row.print(setting.values);
    });
    if (!given) continue;
    const bool only_removes = aspect == Aspect::veth && !setting.request.changes.given.netif;
    return fail(ExitCode::not_running,
                only_removes ? "Unable to remove veth: container is not running" : cannot_apply(aspect));
  }
  return {};
}

// Why a running container cannot take the new value of a parameter; empty if it can.
std::string restart_refusal(const Parameter& row, const Parameters& current, const Parameters& values) {
  if (!row.print(values) || row.print(values) == row.print(current)) return {};
  if (row.key == "QUOTAUGIDLIMIT") {
    const bool on = values.quotaugidlimit.value_or(0) != 0;
    if (on == (current.quotaugidlimit.value_or(0) != 0)) return {};
    return std::string("Unable to turn ") + (on ? "on" : "off") +
           " second-level disk quota on a running container";
  }
  return std::string(row.restart_refusal);
}

// What a running container cannot take: said, and what follows of it.
Result<void> check_running(Setting& setting) {
  const Parameters& current = setting.context.config.merged;
  for (const auto* row : {find_parameter("VE_ROOT"), find_parameter("VE_PRIVATE")}) {
    if (row->print(setting.values) && row->print(setting.values) != row->print(current)) {
      return fail(ExitCode::running, "Unable to change " + std::string(row->key) + " on a running container");
    }
  }
  for (const auto& row : parameter_table()) {
    const std::string refusal = restart_refusal(row, current, setting.values);
    if (refusal.empty()) continue;
    setting.needs_restart = true;
    if (setting.request.mode == SetRequest::Mode::report) log_error(refusal);
  }
  if (setting.needs_restart && setting.request.mode == SetRequest::Mode::report) {
    log_error(
        "WARNING: Some of the parameters could not be applied to a running container.\n\t"
        "Please consider using --setmode option");
  }
  return {};
}

void warn_of_offline_resize(const Setting& setting) {
  if (setting.request.offline_resize && setting.context.config.merged.layout != Layout::ploop)
    log_error("Warning: option --offline-resize only makes sense for a ploop CT");
}

Result<void> set_passwords(Setting& setting) {
  if (setting.request.passwords.empty()) return {};
  const GlobalConfig& global = setting.context.global;
  const ContainerConfig& config = setting.context.config;
  const bool stopped = !setting.running;
  if (stopped) VZ_TRY(start_container(global, config, {.force = true, .skip_setup = true}));
  Result<void> done;
  if (auto state = require_running(global, config); !state) {
    done = fail(std::move(state));
  } else {
    for (const auto& each : setting.request.passwords) {
      done = set_password_inside(global, config, state->init_pid, each);
      if (!done) break;
    }
  }
  if (stopped) {
    auto down = stop_container(global, config, {.fast = true});
    if (done && !down) return down;
  }
  if (done) return {};
  if (const std::string text = done.error().text(); !text.empty()) log_error(text);
  return fail(ExitCode::change_password, "Password change failed");
}

Result<void> assign_name(const Setting& setting, UndoStack& undo) {
  if (!setting.values.name) return {};
  const Paths paths = setting.context.global.paths;
  const Ctid ctid = setting.context.config.ctid;
  const std::string name = *setting.values.name;
  const std::string old = setting.context.config.own.name.value_or("");
  VZ_TRY(set_container_name(paths, ctid, name, old));
  undo.add("give back the name " + old, [=] { return set_container_name(paths, ctid, old, name); });
  if (!name.empty()) log_info("Name " + name + " assigned");
  return {};
}

Result<void> save(Setting& setting) {
  const ContainerConfig& config = setting.context.config;
  if (!setting.context.config_exists) {
    log_error("WARNING: " + config.file + " not found: No such file or directory");
  }
  UndoStack undo;
  VZ_TRY(assign_name(setting, undo));
  Parameters saved = setting.values;
  if (!saved.layout) saved.layout = config.own.layout;
  VZ_TRY(save_parameters(config.file, saved));
  undo.commit();
  return {};
}

// A place for tests has no part in the machine's cgroups.
Result<void> weigh_host(unsigned units) {
  const CgroupLayout layout =
      test_prefix().empty() ? probe_cgroup_layout().value_or(CgroupLayout()) : CgroupLayout();
  VZ_ASSIGN(const bool weighed, weigh_containers_against_host(layout, units));
  if (weighed) {
    log_info("Setting CPU units: " + std::to_string(units));
  } else {
    log_error("Warning: CPUUNITS is not enforced: this host has no cgroup controller cpu");
  }
  return {};
}

// Other limits of the host itself are kept for the scripts that set and list them.
Result<void> apply_to_host(const Setting& setting) {
  bool limits = false;
  for (const auto& row : parameter_table()) {
    if (!row.print(setting.values)) continue;
    const bool possible = row.aspect == Aspect::beancounters || row.aspect == Aspect::io ||
                          row.key == "CPUUNITS" || row.aspect == Aspect::none;
    if (!possible) return fail(ExitCode::invalid_syntax, std::string(row.key) + " cannot be set for CT0");
    limits = limits || (row.aspect != Aspect::none && row.key != "CPUUNITS");
  }
  if (setting.values.cpuunits) VZ_TRY(weigh_host(*setting.values.cpuunits));
  if (limits)
    log_info("Warning: the kernel has no limits for the host itself, so those of CT0 are only kept");
  return {};
}

Result<void> apply(Setting& setting) {
  if (setting.context.config.ctid == 0) return apply_to_host(setting);
  warn_of_offline_resize(setting);
  VZ_TRY(set_passwords(setting));
  if (!setting.running) return check_stopped(setting);
  VZ_TRY(check_running(setting));
  return apply_changes(setting.context.global, setting.live_config, setting.live_values);
}

Result<int> restart(Setting& setting) {
  VZ_ASSIGN(setting.context.config,
            load_container_config(setting.context.global, setting.context.config.ctid));
  log_info("Restarting container");
  VZ_TRY(stop_container(setting.context.global, setting.context.config, {}));
  VZ_TRY(start_container(setting.context.global, setting.context.config, {}));
  return 0;
}

void warn_not_saved(const Setting& setting) {
  const bool only_passwords = !setting.request.passwords.empty() && is_empty(setting.values);
  if (only_passwords || setting.request.remake_name_link) return;
  log_info(setting.running
               ? "WARNING: Settings were not saved to config and will be lost after CT restart (use "
                 "--save flag)"
               : "WARNING: Settings were not saved to config (use --save flag)");
}

// The configured limits once more, for a container whose cgroup somebody has changed.
Result<int> reset_limits(CommandContext& context) {
  if (context.config.ctid == 0) {
    VZ_TRY(apply_to_host({.context = context, .request = {}, .running = {}, .values = context.config.own}));
    return 0;
  }
  VZ_TRY(require_running(context.global, context.config));
  Parameters limits;
  for (const auto& row : parameter_table()) {
    if (row.aspect == Aspect::beancounters) row.take(context.config.merged, limits);
  }
  VZ_TRY(apply_changes(context.global, context.config, limits));
  return 0;
}

Result<int> run(CommandContext& context, const SetRequest& request) {
  if (request.reset_ub) return reset_limits(context);
  if (request.skip_arpdetect) context.global.skip_arpdetect = true;
  Setting setting{.context = context, .request = request, .running = {}, .values = {}};
  if (context.config.ctid != 0) {
    VZ_ASSIGN(setting.running, load_run_state(context.global.paths, context.config.ctid));
  }
  if (request.remake_name_link) {
    VZ_TRY(set_container_name(context.global.paths, context.config.ctid, context.config.own.name.value_or(""),
                              ""));
  }
  auto applied = resolve(setting);
  if (applied) applied = apply(setting);
  if (!applied) {
    if (!request.save) return fail(std::move(applied));
    log_error(applied.error().text());
    return fail(applied.error().code(), kNotSaved);
  }
  if (!request.save) {
    warn_not_saved(setting);
    return 0;
  }
  VZ_TRY(save(setting));
  if (setting.running && setting.needs_restart && request.mode == SetRequest::Mode::restart)
    return restart(setting);
  return 0;
}

Result<CommandAction> parse(const CommandLine& line) {
  VZ_ASSIGN(const SetRequest request, parse_set(line));
  return [request](CommandContext& context) { return run(context, request); };
}

}  // namespace

std::vector<CommandSpec> set_commands() {
  return {{.words = {"set"},
           .arguments = "[--save] [--force] [--setmode restart|ignore] [--<parameter> <value> ...]",
           .needs_config = false,
           .allows_ct0 = true,
           .parse = parse,
           .options = [] {
             static SetRequest unused;
             return set_options(unused);
           }}};
}

}  // namespace vz
