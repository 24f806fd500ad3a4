#pragma once

#include <string>

#include "vzctl/command.h"

namespace vz {

// What `vzctl --help` prints; the first line is the version.
std::string usage();
// What `vzctl COMMAND --help` prints.
std::string command_usage(const CommandSpec& command);

}  // namespace vz
