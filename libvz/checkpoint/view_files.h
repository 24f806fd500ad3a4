#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// Files of the proc view (isolation/proc_view.h) are bind mounts of lxcfs' files, or after a restore without
// lxcfs of the host's own, which CRIU must be told of in the same way as of device nodes (external_mounts.h).
// The name that ties dump and restore together is "view." and the file's path with / as -.

// For the dump, from what is mounted now: "mnt[/proc/meminfo]:view.proc-meminfo" …
Result<std::vector<std::string>> external_view_files_of(pid_t init_pid);
// The pure part: mountinfo of the container, and the "major:minor" of the host's /proc and /sys.
std::vector<std::string> parse_external_view_files(std::string_view mountinfo, std::string_view proc_device,
                                                   std::string_view sys_device);

// For the restore. lxcfs: its directory here; what it does not serve, or all if it is empty, is the host's.
std::vector<std::string> external_view_files_for(const std::string& lxcfs);

// CRIU notes the size of each file that a process has open, and insists on it at the restore; that of these
// is another one at every look, and on every node. Makes a dump forget it.
Result<void> forget_view_file_sizes(const std::string& images);

}  // namespace vz
