#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/paths.h"

namespace vz {

// Which container a process of the host belongs to: what /proc says of its cgroups. A process can end at any
// moment, so everything here may be nothing.

struct ContainedProcess {
  pid_t pid = 0;        // as the host sees it
  Ctid ctid = 0;        // 0: the host's own
  pid_t inner_pid = 0;  // as its container sees it; of the host's own, pid
  std::string name;     // as the process calls itself: any bytes but line breaks
};

// Nothing if there is no such process.
std::optional<ContainedProcess> find_process(pid_t pid);

// Only its container; 0: the host's own.
std::optional<Ctid> find_container_of(pid_t pid);

// Every pid in /proc, ascending.
std::vector<pid_t> all_pids();

// The pure parts. /proc/PID/cgroup: the first path that is a container's group or below one; 0 if there is
// none.
Ctid ctid_in_cgroups(std::string_view cgroups);
// /proc/PID/status: Name and the pid in the container, by NSpid.
struct ProcessStatus {
  std::string name;
  pid_t inner_pid = 0;  // 0: no inner pid namespace
};
ProcessStatus parse_process_status(std::string_view status);

}  // namespace vz
