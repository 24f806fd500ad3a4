#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v1.
namespace vz::cgroup_v1 {

namespace {

using Clock = std::chrono::steady_clock;

Result<void> copy_from_parent(const std::string& directory, const char* name) {
  VZ_ASSIGN(const std::string current, read_file(directory + "/" + name));
  if (!trim(current).empty()) return {};
  const std::string parent = directory.substr(0, directory.rfind('/'));
  VZ_ASSIGN(const std::string inherited, read_file(parent + "/" + name));
  return write_knob(directory + "/" + name, trim(inherited));
}

}  // namespace

Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy) {
  if (hierarchy.has("cpuset")) {
    VZ_TRY(copy_from_parent(directory, "cpuset.cpus"));
    VZ_TRY(copy_from_parent(directory, "cpuset.mems"));
    VZ_TRY(write_knob(directory + "/cgroup.clone_children", "1"));
  }
  return {};
}

// Allowing comes first and denying after it, so that nothing that both the old and the new list allow is
// refused in between.
Result<void> allow_devices(const std::string& directory, const std::vector<DevicePermission>& permissions) {
  const std::string deny = directory + "/devices.deny";
  VZ_ASSIGN(std::string list, read_file(directory + "/devices.list"));
  const bool all = list.starts_with("a ");
  if (all) VZ_TRY(write_knob(deny, "a"));
  for (const auto& permission : permissions)
    VZ_TRY(write_knob(directory + "/devices.allow", device_permission_text(permission)));
  if (all) return {};
  for (auto before : parse_device_permissions(list)) {
    for (const auto& permission : permissions) {
      if (!permission.same_devices(before)) continue;
      before.read = before.read && !permission.read;
      before.write = before.write && !permission.write;
      before.mknod = before.mknod && !permission.mknod;
    }
    if (before.read || before.write || before.mknod) VZ_TRY(write_knob(deny, device_permission_text(before)));
  }
  return {};
}

Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout) {
  const std::string file = directory + "/freezer.state";
  const auto deadline = Clock::now() + timeout;
  VZ_TRY(write_knob(file, "FROZEN"));
  for (;;) {
    VZ_ASSIGN(const std::string state, read_file(file));
    if (trim(state) == "FROZEN") return {};
    if (Clock::now() > deadline) {
      VZ_TRY(thaw(directory));
      return fail_errno(ExitCode::checkpoint, "freeze the container", ETIMEDOUT);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // Written again: a task that forked meanwhile is caught by the next try.
    VZ_TRY(write_knob(file, "FROZEN"));
  }
}

Result<void> thaw(const std::string& directory) {
  if (!exists(directory)) return {};
  return write_knob(directory + "/freezer.state", "THAWED");
}

}  // namespace vz::cgroup_v1
