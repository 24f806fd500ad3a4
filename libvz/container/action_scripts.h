#pragma once

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// Administrators' scripts beside the configuration files: vps.KIND for every container and CTID.KIND for one.
// Run on the host with VEID and VE_CONFFILE in the environment. Not there: fine. Failing: "Error executing
// KIND script PATH", exit code action_script.

enum class HostScript { premount, mount, umount, postumount };

// Before and after mounting the global script comes first, for unmounting the container's own. Source:
// vzctl 4.x.
Result<void> run_host_scripts(const GlobalConfig& global, const ContainerConfig& config, HostScript kind);

// CTID.start and CTID.stop: fed to the container's shell. init_pid: the container's first process.
Result<void> run_container_script(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                  const std::string& kind);

}  // namespace vz
