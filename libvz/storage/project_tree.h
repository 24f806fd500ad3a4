#pragma once

#include <cstdint>
#include <string>

#include "libvz/core/result.h"

namespace vz {

// Gives a directory and all below it the project id, which new files inherit from there on. Symbolic links
// are not followed and other file systems not entered; what is no file or directory stays uncounted. The
// container may run meanwhile: what it makes or moves while we walk is counted as well. name is for messages.
// Exit code quota_init.
Result<void> set_project(int directory, const std::string& name, std::uint32_t project);

// Is that a project that we have given to some container?
bool is_containers_project(std::uint32_t project);

}  // namespace vz
