#include "libvz/container/cleanup.h"

#include <unistd.h>

#include "libvz/checkpoint/engine_record.h"
#include "libvz/container/engine_task.h"
#include "libvz/container/mount.h"
#include "libvz/container/network.h"
#include "libvz/container/start.h"
#include "libvz/container/status.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/isolation/device_nodes.h"

namespace vz {

Result<void> clear_remains(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_TRY(end_recorded_engine(engine_record(global.paths, config.ctid)));
  // The names themselves belong to the dump.
  (void)unlink(noted_link_names(global.paths, config.ctid).c_str());
  if (!is_directory(global.paths.run_of(config.ctid))) return {};
  VZ_TRY(remove_network(global, config));
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  // Programs of vzctl exec can outlive init in the group for a moment.
  VZ_TRY(cgroup.kill_all(std::chrono::seconds(10)));
  VZ_TRY(cgroup.remove());
  VZ_TRY(remove_device_nodes(global.paths.device_nodes_of(config.ctid)));
  return remove_run_state(global.paths, config.ctid);
}

Result<void> handle_container_end(const GlobalConfig& global, const ContainerConfig& config, bool reboot) {
  VZ_ASSIGN(const Status status, container_status(global, config));
  if (status.running) return {};
  // Whoever stopped it has removed the run state too.
  if (!is_directory(global.paths.run_of(config.ctid))) return {};
  log_file_only(reboot ? "Container rebooted from inside" : "Container halted from inside");
  VZ_TRY(clear_remains(global, config));
  if (status.mounted) VZ_TRY(umount_container(global, config));
  if (!reboot) return {};
  return start_container(global, config, {.force = true});
}

}  // namespace vz
