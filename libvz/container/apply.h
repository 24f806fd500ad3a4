#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// Applies new values of parameters to a running container: config is what it has now, changes what of it is
// to be different. What only matters at the next start is left alone. Each group of parameters is an aspect
// (aspects.h). Not running: exit code not_running.
Result<void> apply_changes(const GlobalConfig& global, const ContainerConfig& config,
                           const Parameters& changes);

}  // namespace vz
