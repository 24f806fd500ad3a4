#include "libvz/container/status.h"

#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"

namespace vz {

Result<Status> container_status(const GlobalConfig& global, const ContainerConfig& config) {
  Status status;
  status.exists = exists(config.file) && !config.private_area.empty() && exists(config.private_area);
  if (!config.root.empty()) {
    VZ_ASSIGN(status.mounted, is_mounted(config.root, config.private_area));
  }
  VZ_ASSIGN(status.run_state, load_run_state(global.paths, config.ctid));
  status.running = status.run_state.has_value();
  status.suspended = status.exists && !status.running && exists(global.paths.default_dump(config.ctid));
  return status;
}

Result<RunState> require_running(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(auto state, load_run_state(global.paths, config.ctid));
  if (!state) return fail(ExitCode::not_running, "Container is not running");
  return *state;
}

}  // namespace vz
