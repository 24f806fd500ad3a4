#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

struct StopOptions {
  bool fast = false;         // kill, do not halt
  bool skip_umount = false;  // leave it mounted
};

// vzctl stop: halts from inside, kills after STOP_TIMEOUT seconds, then takes everything away. Not running:
// an error message and success. Exit code stop_failed when it cannot be killed.
Result<void> stop_container(const GlobalConfig& global, const ContainerConfig& config,
                            const StopOptions& options);

}  // namespace vz
