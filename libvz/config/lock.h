#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// A container's lock: the file LOCKDIR/CTID.lck with the holder's pid in its first line, as other tools read
// and write it too. Its second line tells the holder from a later process with the same pid (start time and
// boot id); it may be empty.
class ContainerLock {
 public:
  ContainerLock() = default;
  ContainerLock(ContainerLock&& other) noexcept { *this = std::move(other); }
  ContainerLock& operator=(ContainerLock&& other) noexcept;
  ContainerLock(const ContainerLock&) = delete;
  ContainerLock& operator=(const ContainerLock&) = delete;
  // Releases it, but only in the process that owns it: a forked child's copy leaves it alone.
  ~ContainerLock() { release(); }

  // Waits for a holder to let go, at most that long. A stale lock is removed ("Removing stale lock file
  // <f>"). Held: "Container already locked", exit code locked, after "Locked by: pid <pid>, cmdline
  // <cmdline>" on stderr. LOCKDIR unset or not to be used: "Unable to lock container", exit code system,
  // after the reason on stderr.
  // wanted is asked before each attempt; once it says no, the result is a lock that holds nothing.
  static Result<ContainerLock> acquire(const Paths& paths, Ctid ctid,
                                       std::chrono::milliseconds wait = std::chrono::milliseconds{0},
                                       const std::function<bool()>& wanted = nullptr);

  // Makes another living process the owner, at once; this object then holds nothing. The new owner calls
  // adopt().
  Result<void> hand_over(pid_t pid);
  // For the process that a lock was handed over to. An error if the lock file does not name this process.
  static Result<ContainerLock> adopt(const Paths& paths, Ctid ctid);

  void release();
  bool held() const { return owner_ != 0; }

 private:
  ContainerLock(std::string file, pid_t owner) : file_(std::move(file)), owner_(owner) {}

  std::string file_;
  pid_t owner_ = 0;  // 0: nothing is held
};

}  // namespace vz
