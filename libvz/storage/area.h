#pragma once

#include <sys/types.h>

#include <string>

#include "libvz/core/result.h"

namespace vz {

// The directory tree that is a container's private area.

// Makes the empty directory; on btrfs as a subvolume, which can be limited and removed as one. EEXIST comes
// back as an error with that errno.
Result<void> make_area(const std::string& path, mode_t mode);

// Removes it with all that is in it, and a subvolume's quota group. Not there: fine.
Result<void> remove_area(const std::string& path);

}  // namespace vz
