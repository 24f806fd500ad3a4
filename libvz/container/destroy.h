#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// vzctl destroy: the private area goes into the vztmp directory of its file system and is removed there by a
// process of its own; CTID.conf and the action scripts become *.destroyed; dump, root directory and names go.
// Running: exit code running; mounted: mounted, after a message on stdout (the errors' texts are empty).
Result<void> destroy_container(const GlobalConfig& global, const ContainerConfig& config);

// Renames a directory away and removes it in the background; what takes no rename (another file system) is
// removed at once. Left-overs of earlier removals that were interrupted are removed too.
Result<void> remove_in_background(const std::string& directory);

}  // namespace vz
