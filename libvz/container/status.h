#pragma once

#include <optional>
#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/host/run_state.h"

namespace vz {

// What `vzctl status` says. Source of each word's meaning: vzctl(8).
struct Status {
  bool exists = false;  // private area and configuration are there
  bool mounted = false;
  bool running = false;
  bool suspended = false;             // not running, and its default dump is there
  std::optional<RunState> run_state;  // of a running container
};

// config: of a container whose file may be missing (then only the paths of vz.conf are looked at).
Result<Status> container_status(const GlobalConfig& global, const ContainerConfig& config);

// The run state of a running container; otherwise "Container is not running", exit code not_running.
Result<RunState> require_running(const GlobalConfig& global, const ContainerConfig& config);

}  // namespace vz
