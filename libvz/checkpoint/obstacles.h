#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// What a container may have by FEATURES and CRIU cannot dump, or not make again here: found before the
// freeze, so that it is said in words and nothing stands still.

// Mounted FUSE file systems, whose servers hold /dev/fuse; and with a user namespace tun and tap devices, for
// which CRIU opens the host's /dev/net/tun as the container's root, unless everybody may open that. Exit code
// checkpoint.
Result<void> require_no_obstacles(pid_t init_pid, bool own_user_namespace);

// The pure part: mount points of FUSE file systems of the container's own, in its mountinfo. lxcfs is the
// host's.
std::vector<std::string> parse_fuse_mounts(std::string_view mountinfo);

}  // namespace vz
