#pragma once

#include <string>

#include "libvz/container/kill_guard.h"
#include "libvz/host/run_state.h"

namespace vz {

// What becomes of a container when the command that was at it is killed.

// During a whole checkpoint: once the dump is complete the container ends, as it would have; until then it
// goes on, and nothing is left of the dump. state: of the running container.
Result<KillGuard> guard_checkpoint(const GlobalConfig& global, const ContainerConfig& config,
                                   const RunState& state, const std::string& dumpfile);

// During a whole restore: once it is undumped the container goes on and the dump is removed (unless
// keep_dump), as it would have been; until then nothing is left but the dump.
Result<KillGuard> guard_restore(const GlobalConfig& global, const ContainerConfig& config,
                                const std::string& dumpfile, bool keep_dump);

}  // namespace vz
