#include "libvz/container/apply.h"

#include "libvz/config/parameter_table.h"
#include "libvz/container/aspects.h"
#include "libvz/container/proc_view.h"
#include "libvz/container/status.h"
#include "libvz/host/enforcement.h"
#include "libvz/isolation/features.h"

namespace vz {

Result<void> apply_changes(const GlobalConfig& global, const ContainerConfig& config,
                           const Parameters& changes) {
  VZ_ASSIGN(const RunState state, require_running(global, config));
  ContainerConfig after = config;
  for (const auto& row : parameter_table()) row.take(changes, after.merged);
  const Change change{
      .global = global, .before = config, .after = after, .changed = changes, .init_pid = state.init_pid};
  for (const auto aspect : {apply_limits, apply_network, apply_devices, apply_disk, apply_identity})
    VZ_TRY(aspect(change));
  renew_view(global, config.ctid, state.init_pid);
  warn_of_missing(changes, Occasion::set, config.private_area);
  warn_of_features(changes, config.uid_base() != 0);
  return {};
}

}  // namespace vz
