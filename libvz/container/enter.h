#pragma once

#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// vzctl enter: a login shell of root on a terminal of the container's own, joined to ours: window size, job
// control and signals work as in any terminal. typed: words that are typed into the shell first, with a
// newline. Not running: exit code not_running. The shell's own status does not matter.
Result<void> enter_container(const GlobalConfig& global, const ContainerConfig& config,
                             const std::vector<std::string>& typed);

}  // namespace vz
