#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace vz {

// What the processes of a control group and of the groups below it hold together. Processes that end while
// they are counted are left out. Never follows a path that the processes could have made.
struct ProcessCounts {
  std::uint64_t processes = 0;
  std::uint64_t files = 0;       // open descriptors
  std::uint64_t terminals = 0;   // pseudo terminals that one of them has open
  std::uint64_t data_pages = 0;  // private writable address space (VmData and VmStk of proc_pid_status(5))
  std::uint64_t signals = 0;     // queued, of all users that the processes run as
  std::uint64_t locks = 0;       // of files: flock(2) and fcntl(2), but not open file description locks
};

// How many locks of files each process holds; of this moment.
using FileLocks = std::unordered_map<pid_t, std::uint64_t>;
FileLocks read_file_locks();

// nested: the group may have groups below. Nothing if the group is not there, or has more groups below than
// anybody would make in earnest.
std::optional<ProcessCounts> count_processes(const std::string& group, bool nested, const FileLocks& locks);

}  // namespace vz
