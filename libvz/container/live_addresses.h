#pragma once

#include <vector>

#include "libvz/config/global_config.h"

namespace vz {

// The addresses that this host leads to a container at the moment. They may be others than those of its
// configuration: vzctl set without --save. Kept in /var/lib/vzctl/veip/CTID, separated by blanks, as
// vzctl 4.x does; it outlives the container's own side of the network, so that nothing is left on the host.

// Those of the configuration where nothing is recorded.
std::vector<IpAddress> live_addresses(const GlobalConfig& global, const ContainerConfig& config);
Result<void> record_live_addresses(const Paths& paths, Ctid ctid, const std::vector<IpAddress>& ips);
// No record: fine.
Result<void> forget_live_addresses(const Paths& paths, Ctid ctid);

}  // namespace vz
