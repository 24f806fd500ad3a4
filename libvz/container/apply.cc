#include "libvz/container/apply.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "libvz/config/parameter_table.h"
#include "libvz/container/aspects.h"
#include "libvz/container/status.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// Which of the parameters that concern a running container this version does something for.
constexpr std::array<std::string_view, 13> kEnforced = {
    "NUMPROC", "PHYSPAGES", "SWAPPAGES", "CPUUNITS",   "CPULIMIT",   "CPUS",        "CPUMASK",
    "NETIF",   "DEVNODES",  "HOSTNAME",  "IP_ADDRESS", "NAMESERVER", "SEARCHDOMAIN"};

void warn_of_the_others(const Parameters& changes) {
  std::vector<std::string> keys;
  for (const auto& row : parameter_table()) {
    if (row.aspect != Aspect::none && row.print(changes) &&
        std::ranges::find(kEnforced, row.key) == kEnforced.end())
      keys.emplace_back(row.key);
  }
  if (!keys.empty()) log_info("Warning: not enforced by this version: " + join(keys, ", "));
}

}  // namespace

Result<void> apply_changes(const GlobalConfig& global, const ContainerConfig& config,
                           const Parameters& changes) {
  VZ_ASSIGN(const RunState state, require_running(global, config));
  ContainerConfig after = config;
  for (const auto& row : parameter_table()) row.take(changes, after.merged);
  const Change change{
      .global = global, .before = config, .after = after, .changed = changes, .init_pid = state.init_pid};
  for (const auto aspect : {apply_limits, apply_network, apply_devices, apply_identity})
    VZ_TRY(aspect(change));
  warn_of_the_others(changes);
  return {};
}

}  // namespace vz
