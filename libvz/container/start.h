#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

struct StartOptions {
  bool force = false;         // although DISABLED=yes
  bool wait = false;          // until the default runlevel is reached
  bool skip_remount = false;  // leave it mounted if it is
  bool skip_setup = false;    // no network, resources and dist scripts
};

// vzctl start, with the checks and messages in their documented order. An existing default dump is restored
// first; if that fails the container starts afresh. After an error nothing is left but what was there before.
Result<void> start_container(const GlobalConfig& global, const ContainerConfig& config,
                             const StartOptions& options);

// Waits until a booting container says that it is up. At most an hour; exit code wait_failed.
Result<void> wait_until_booted(const GlobalConfig& global, const ContainerConfig& config);

}  // namespace vz
