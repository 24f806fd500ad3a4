#pragma once

#include <sys/types.h>

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// The distribution's scripts, run inside the container. Their failures are logged and ignored where vzctl did
// so; source: vzctl 4.x.

// Before init: PRE_START (failing: exit code action_script), network, host name and DNS.
Result<void> configure_at_start(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid);

// On a running container: what set has changed.
Result<void> configure_network_inside(const GlobalConfig& global, const ContainerConfig& config,
                                      pid_t init_pid, const std::vector<IpAddress>& added,
                                      const std::vector<IpAddress>& removed, bool removed_all);
Result<void> configure_hostname_inside(const GlobalConfig& global, const ContainerConfig& config,
                                       pid_t init_pid);
Result<void> configure_dns_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid);
// "user:password". Exit code change_password.
Result<void> set_password_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                 const std::string& user_password);

}  // namespace vz
