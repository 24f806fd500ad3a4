#pragma once

#include <string>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"

namespace vz {

// Writes what is set in changes into a container's configuration file, creating it if it is not there, and
// says "CT configuration saved to PATH"; without changes "No changes in CT configuration, not saving".
// Errors: exit code config_save; invalid_value for a value that cannot be written.
Result<void> save_parameters(const std::string& path, const Parameters& changes);

}  // namespace vz
