#include "tools/vzboot/plan.h"

#include <algorithm>
#include <map>

#include "libvz/config/container_id.h"
#include "libvz/core/log.h"
#include "libvz/core/mount_table.h"
#include "libvz/host/run_state.h"
#include "tools/vzboot/marks.h"

namespace vz {

namespace {

// By BOOTORDER; none sorts below 0.
using ByOrder = std::map<std::optional<unsigned>, Group>;

std::vector<Group> ascending(ByOrder groups) {
  std::vector<Group> all;
  for (auto& [order, group] : groups) {
    std::ranges::sort(group);
    all.push_back(std::move(group));
  }
  return all;
}

bool starts(const ContainerConfig& config, bool marked) {
  const Parameters& merged = config.merged;
  if (merged.disabled.value_or(false)) return false;
  return merged.onboot.value_or(marked);
}

}  // namespace

bool is_running(const BootSettings& settings, Ctid ctid) {
  const auto state = load_run_state(settings.global.paths, ctid);
  // What cannot be read is no sign that it does not run.
  return !state || state->has_value();
}

Result<std::vector<Group>> plan_start(const BootSettings& settings) {
  const auto marked = marked_containers(settings.global.paths);
  VZ_ASSIGN(const auto ctids, list_container_ids(settings.global.paths));
  ByOrder groups;
  for (const Ctid ctid : ctids) {
    // vzctl start tells what is wrong with a state that cannot be read.
    const auto state = load_run_state(settings.global.paths, ctid);
    if (ctid == 0 || (state && state->has_value())) continue;
    const auto config = load_container_config(settings.global, ctid);
    if (!config) {
      log_error("Container " + std::to_string(ctid) + ": " + config.error().text());
    } else if (starts(*config, marked.contains(ctid))) {
      groups[config->merged.bootorder].push_back(ctid);
    }
  }
  auto all = ascending(std::move(groups));
  std::ranges::reverse(all);
  return all;
}

Result<std::vector<Group>> plan_stop(const BootSettings& settings) {
  VZ_ASSIGN(const auto ctids, ctids_with_run_state(settings.global.paths));
  ByOrder groups;
  for (const Ctid ctid : ctids) {
    if (ctid == 0 || !is_running(settings, ctid)) continue;
    const auto config = load_container_config(settings.global, ctid);
    groups[config ? config->merged.bootorder : std::nullopt].push_back(ctid);
  }
  return ascending(std::move(groups));
}

Result<std::vector<Ctid>> mounted_containers(const BootSettings& settings) {
  VZ_ASSIGN(const auto mounts, mount_table());
  VZ_ASSIGN(const auto ctids, list_container_ids(settings.global.paths));
  std::vector<Ctid> mounted;
  for (const Ctid ctid : ctids) {
    const auto config = load_container_config(settings.global, ctid);
    if (ctid == 0 || !config || config->root.empty() || is_running(settings, ctid)) continue;
    if (std::ranges::find(mounts, config->root, &MountEntry::mount_point) != mounts.end()) {
      mounted.push_back(ctid);
    }
  }
  return mounted;
}

std::vector<Ctid> flatten(const std::vector<Group>& groups) {
  std::vector<Ctid> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

}  // namespace vz
