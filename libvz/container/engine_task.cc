#include "libvz/container/engine_task.h"

namespace vz {

Result<EngineTask> engine_task(const GlobalConfig& global, const ContainerConfig& config,
                               const Cgroup& cgroup) {
  EngineTask task;
  task.program = global.criu;
  task.root = config.root;
  task.freezer = cgroup.freezer();
  if (task.freezer.empty()) {
    return fail(ExitCode::bad_kernel, "This host offers no cgroup freezer: checkpoint and restore need one");
  }
  task.record = engine_record(global.paths, config.ctid);
  task.files = config.private_area;
  task.link_names = noted_link_names(global.paths, config.ctid);
  return task;
}

std::string noted_link_names(const Paths& paths, Ctid ctid) {
  return paths.run + "/" + std::to_string(ctid) + ".names";
}

std::string engine_record(const Paths& paths, Ctid ctid) {
  return paths.run + "/" + std::to_string(ctid) + ".engine";
}

}  // namespace vz
