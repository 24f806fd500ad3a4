#include "libvz/container/environment.h"

#include "libvz/container/dist_setup.h"
#include "libvz/container/limits.h"
#include "libvz/container/network.h"
#include "libvz/host/enforcement.h"
#include "libvz/host/lxcfs.h"
#include "libvz/host/run_state.h"
#include "libvz/isolation/devices.h"
#include "libvz/isolation/features.h"

namespace vz {

Result<Environment> make_environment(const GlobalConfig& global, const ContainerConfig& config,
                                     bool skip_setup, UndoStack& undo) {
  undo.add("remove the run state", [&] { return remove_run_state(global.paths, config.ctid); });
  VZ_TRY(open_run_state(global.paths, config.ctid));
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  undo.add("remove the cgroup", [cgroup]() mutable { return cgroup.remove(); });
  VZ_TRY(cgroup.create(config.uid_base(), config.gid_base()));
  if (!skip_setup) {
    warn_of_missing(config.merged, Occasion::start, config.private_area);
    warn_of_features(config.merged, config.uid_base() != 0);
    warn_of_devices_without_node(config.merged, config.uid_base() != 0);
    VZ_TRY(limit_group(config, cgroup, Limiting::started));
  }
  VZ_ASSIGN(PreparedInit init,
            prepare_init(config, cgroup, global.paths.device_nodes_of(config.ctid),
                         config.merged.hostname.value_or(""), lxcfs_or_warning(global.paths), undo));
  if (!skip_setup) {
    VZ_TRY(limit_inside(config, cgroup, init.pid));
    VZ_TRY(create_network(global, config, init.pid, undo));
    VZ_TRY(configure_at_start(global, config, init.pid));
  }
  return Environment{std::move(cgroup), std::move(init)};
}

}  // namespace vz
