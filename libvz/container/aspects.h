#pragma once

#include <sys/types.h>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// A change to a running container. before: the configuration that it runs with; after: the same with the new
// values.
struct Change {
  const GlobalConfig& global;
  const ContainerConfig& before;
  const ContainerConfig& after;
  const Parameters& changed;  // which of after's values are new
  pid_t init_pid;
};

// Each applies its own parameters, says so on the log, and does nothing when none of them is in changed.
Result<void> apply_limits(const Change& change);    // memory, processes, CPU
Result<void> apply_network(const Change& change);   // IP_ADDRESS, NETIF, NETDEV, RATE
Result<void> apply_devices(const Change& change);   // DEVICES, DEVNODES
Result<void> apply_disk(const Change& change);      // DISKSPACE, DISKINODES, QUOTATIME
Result<void> apply_identity(const Change& change);  // HOSTNAME, NAMESERVER, SEARCHDOMAIN

}  // namespace vz
