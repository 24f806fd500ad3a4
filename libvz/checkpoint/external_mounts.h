#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/result.h"

namespace vz {

// Device nodes and masks in a container are bind mounts of the host's /dev, which CRIU must be told of: what
// is mounted where at dump, and what to mount there at restore. The name that ties both together is "dev."
// and the node's name with / as -.

// For the dump, from what is mounted now: "mnt[/dev/null]:dev.null" …
Result<std::vector<std::string>> external_mounts_of(pid_t init_pid);
// The pure part: mountinfo of the container, and the "major:minor" of the host's /dev.
std::vector<std::string> parse_external_mounts(std::string_view mountinfo, std::string_view dev_device);

// For the restore. The nodes come from this node's configuration and never from the dump, which is untrusted:
// a dump that wants more than its configuration has does not restore.
std::vector<std::string> external_mounts_for(const std::vector<std::string>& device_nodes);

}  // namespace vz
