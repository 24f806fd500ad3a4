#pragma once

#include "libvz/checkpoint/engine.h"
#include "libvz/config/global_config.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

// What dump and restore have in common. external holds nothing yet.
Result<EngineTask> engine_task(const GlobalConfig& global, const ContainerConfig& config,
                               const Cgroup& cgroup);

// EngineTask::record and EngineTask::link_names of a container.
std::string noted_link_names(const Paths& paths, Ctid ctid);
std::string engine_record(const Paths& paths, Ctid ctid);

}  // namespace vz
