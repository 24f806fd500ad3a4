#pragma once

#include "libvz/container/kill_guard.h"

namespace vz {

// Lets a frozen container go on when the migration is killed, unless a commit was asked for whose outcome is
// not known (ownership.h).
Result<KillGuard> start_thaw_guard(const GlobalConfig& global, const ContainerConfig& config);

}  // namespace vz
