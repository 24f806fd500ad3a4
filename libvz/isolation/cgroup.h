#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libvz/core/result.h"
#include "libvz/core/undo.h"
#include "libvz/host/cgroup_layout.h"
#include "libvz/isolation/cgroup_limits.h"
#include "libvz/isolation/device_rule.h"

namespace vz {

// A group that the container's init has made in its delegated part of the unified hierarchy.
struct CgroupChild {
  std::string path;  // relative to the container's group
  uid_t uid = 0;
  gid_t gid = 0;
};

// A container's control group: the same path, /vz/CTID, in every hierarchy of the host.
// Writing to v1 and v2 differs (cgroup_v1.cc, cgroup_v2.cc); the rest is common (cgroup.cc).
class Cgroup {
 public:
  Cgroup(CgroupLayout layout, Ctid ctid);

  const CgroupLayout& layout() const { return layout_; }
  // Where the group is in the hierarchy: MOUNT/vz/CTID.
  std::string directory(const CgroupHierarchy& hierarchy) const;

  // Makes the group everywhere, with what a member needs (cpuset, v2 controllers), owned by the container's
  // root in the unified hierarchy so that an init in a cgroup namespace can divide it up. What a dead
  // container left is cleared first.
  Result<void> create(uid_t owner_uid, gid_t owner_gid);
  // Removes the group and its children everywhere. They must be empty of processes. Not there: fine.
  Result<void> remove();
  // The groups below the container's own in the unified hierarchy, parents first: also those without a
  // process, which CRIU does not see but which an init watches. make_children() makes them again; a path that
  // would leave the group, or an owner outside [first_id, first_id + count), is an error (they come from a
  // dump).
  Result<std::vector<CgroupChild>> children() const;
  Result<void> make_children(const std::vector<CgroupChild>& children, unsigned first_id, unsigned count);

  // Only this may be done with devices, by the devices controller (v1) and by a program in the unified
  // hierarchy (device_program.h); on a hybrid host by both. What was allowed before and still is stays so at
  // every moment. A host that offers neither: a warning on the log, as a user namespace and a missing
  // CAP_MKNOD keep devices out as well.
  Result<void> allow_devices(const std::vector<DevicePermission>& permissions);

  // Puts a process into the group. On v2, when the group's own controllers are delegated further down, into
  // beside's group (the container's init), since the kernel takes no process in between.
  Result<void> enter(pid_t pid, pid_t beside = 0);

  // What there is no controller for is left out (see cgroup_limits.h).
  Result<void> apply(const CgroupLimits& limits);

  // Stops every process at once, and lets them go on. freeze() comes back only when all stand still; on
  // timeout it thaws again and is an error.
  Result<void> freeze(std::chrono::milliseconds timeout);
  Result<void> thaw();
  // The directory that CRIU is to use as --freeze-cgroup; empty if the host can't freeze.
  std::string freezer() const;

  // Pids in the caller's pid namespace, of the group and its children.
  Result<std::vector<pid_t>> processes() const;
  // SIGKILL to all until none is left.
  Result<void> kill_all(std::chrono::milliseconds timeout);

 private:
  CgroupLayout layout_;
  std::string path_;
};

// One hierarchy's part, by version.
namespace cgroup_v1 {
Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy);
Result<void> allow_devices(const std::string& directory, const std::vector<DevicePermission>& permissions);
Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout);
Result<void> thaw(const std::string& directory);
}  // namespace cgroup_v1

namespace cgroup_v2 {
Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy);
Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout);
Result<void> thaw(const std::string& directory);
}  // namespace cgroup_v2

}  // namespace vz
