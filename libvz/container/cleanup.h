#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// Takes away from the host what a container that no longer runs has left: cgroups, network, run state. What
// is not there is fine, so it also clears up after whoever was killed half-way. The mount stays.
Result<void> clear_remains(const GlobalConfig& global, const ContainerConfig& config);

// What vzmonitor asks for when init has ended: clears up and unmounts, and after a reboot starts again. The
// caller holds the lock. Does nothing when somebody else has seen to it (the container runs under another
// init, or is gone).
Result<void> handle_container_end(const GlobalConfig& global, const ContainerConfig& config, bool reboot);

}  // namespace vz
