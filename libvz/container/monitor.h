#pragma once

#include <functional>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/host/run_state.h"

namespace vz {

// vzmonitor is the parent of a container's init: it waits for it, and when the container has halted or
// rebooted from inside it calls `vzctl monitor-event`, which takes the lock and cleans up or starts again.

// Runs launch in a new process, which after success becomes the container's vzmonitor, and hands launch's
// result back. launch starts the container's init as a child of that process, calls record_start() before
// init can do anything, and returns its pid; so whoever dies when, a living container is known.
Result<void> launch_under_monitor(const ContainerConfig& config,
                                  const std::function<Result<pid_t>()>& launch);

// In launch: writes the run state of a container whose init is a child of the calling process.
Result<void> record_start(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid);

// True for a running container whose vzmonitor is gone.
Result<bool> is_unwatched(const GlobalConfig& global, const ContainerConfig& config);

// Starts a new vzmonitor for a running container whose own is gone; it watches through a pidfd. Nothing to do
// otherwise.
Result<void> ensure_monitor(const GlobalConfig& global, const ContainerConfig& config);

}  // namespace vz
