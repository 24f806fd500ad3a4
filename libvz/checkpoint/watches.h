#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// The directories, as seen inside the container, where the files lie that its processes watch by inotify. On
// another node or file system their inode numbers and handles differ, so CRIU must find their paths; it looks
// in these places. For pids of the container. To be called before the freeze: what comes to be watched in
// between, CRIU still finds by itself in its usual places. A watch that can't be followed is left out.
std::vector<std::string> watched_directories(const std::string& root, const std::vector<pid_t>& pids);

}  // namespace vz
