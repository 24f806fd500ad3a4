#pragma once

#include <sys/types.h>

#include <cstdint>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

// All limits of resources that the configuration asks for, at start and after a restore; what it says nothing
// of gets its default. In two steps, since the group is there before the first process. What this host does
// not enforce is told as warnings (enforcement.h); it stops nothing.
// What a restored container uses more than it now may is a warning: it is left that, and not much more.
enum class Limiting : std::uint8_t { started, restored };
Result<void> limit_group(const ContainerConfig& config, Cgroup& cgroup, Limiting what);
Result<void> limit_inside(const ContainerConfig& config, Cgroup& cgroup, pid_t init_pid);

// The group's limits by the parameters, with the disks of its private area where I/O is limited.
CgroupLimits group_limits(const ContainerConfig& config);

}  // namespace vz
