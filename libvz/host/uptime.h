#pragma once

#include <optional>

#include "libvz/host/run_state.h"

namespace vz {

// Seconds since the container started, as its own clocks tell: a restore or a migration does not set it back.
// Nothing if its init is gone.
std::optional<double> container_uptime(const RunState& state);

}  // namespace vz
