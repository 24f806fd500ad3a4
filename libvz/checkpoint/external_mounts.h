#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/result.h"

namespace vz {

// Device nodes and masks in a container are bind mounts of a file system of the host's
// (isolation/device_nodes.h), which CRIU must be told of: what is mounted where at dump, and what to mount
// there at restore. The name that ties both together is "dev." and the node's name with / as -.

// For the dump, from what is mounted now: "mnt[/dev/null]:dev.null" … device_directory: where the nodes are
// on the host.
Result<std::vector<std::string>> external_mounts_of(pid_t init_pid, const std::string& device_directory);
// The pure part: mountinfo of the container, and the "major:minor" of the nodes' file system.
std::vector<std::string> parse_external_mounts(std::string_view mountinfo, std::string_view device);

// For the restore. The nodes come from this node's configuration and never from the dump, which is untrusted:
// a dump that wants more than its configuration has does not restore.
std::vector<std::string> external_mounts_for(const std::vector<std::string>& device_nodes,
                                             const std::string& device_directory);

}  // namespace vz
