#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"

namespace vz {

// What each process of a container may have for itself (setrlimit(2)): where the kernel counts nothing for a
// container as a whole, no process gets more than all of them together should. Unset: as it is. kUnlimited:
// what this process could have.
struct ProcessLimits {
  std::optional<std::uint64_t> data_bytes;       // PRIVVMPAGES: private writable address space
  std::optional<std::uint64_t> locked_bytes;     // LOCKEDPAGES
  std::optional<std::uint64_t> open_files;       // NUMFILE
  std::optional<std::uint64_t> pending_signals;  // NUMSIGINFO; of each user inside
};

ProcessLimits process_limits_of(const Parameters& parameters);

// Sets them for one process, with which those that it starts begin. A limit that may not be raised, for want
// of CAP_SYS_RESOURCE, is raised as far as it may be; their parameters come back. A process that is gone is
// fine.
Result<std::vector<std::string>> limit_process(pid_t pid, const ProcessLimits& limits);

// Sets them for all processes that list() gives, asking again until there is none that was not there before.
Result<std::vector<std::string>> limit_processes(const std::function<Result<std::vector<pid_t>>()>& list,
                                                 const ProcessLimits& limits);

// The warning about such parameters, on the log; nothing if there are none.
void warn_of_lower_limits(const std::vector<std::string>& parameters);

}  // namespace vz
