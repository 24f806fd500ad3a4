#pragma once

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// vzctl runscript: the container's shell reads the commands in a file of the host. A container that does not
// run is mounted and gets its environment without init for as long as the script runs; no action script is
// run. Returns the wait status of the shell. No such file: "Script not found: FILE", exit code no_script.
Result<int> run_script(const GlobalConfig& global, const ContainerConfig& config, const std::string& file);

}  // namespace vz
