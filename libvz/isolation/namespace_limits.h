#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"
#include "libvz/isolation/namespaces.h"

namespace vz {

// What the file systems and the IPC namespace that a container was given hold. Its root may change them and
// mount others: they are a bound for its programs and users, while its memory is bound by its cgroup. Unset:
// as it is; kUnlimited: the kernel's default.
struct NamespaceLimits {
  std::optional<std::uint64_t> shared_pages;  // SHMPAGES: of /dev/shm, and of System V shared memory
  std::optional<std::uint64_t> terminals;     // NUMPTY: of /dev/pts
};

NamespaceLimits namespace_limits_of(const Parameters& parameters);

// In the namespaces of a container's init. Exit code set_ubc; what is used more is said by the kernel's
// EINVAL.
Result<void> limit_namespaces(pid_t init_pid, const UserMapping& mapping, const NamespaceLimits& limits);

}  // namespace vz
