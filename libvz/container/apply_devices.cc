#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libvz/container/aspects.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/isolation/devices.h"
#include "libvz/isolation/root_file_system.h"

namespace vz {

namespace {

ContainerDevices devices_of(const ContainerConfig& config) {
  return container_devices(config.merged.devnodes.value_or(std::vector<DeviceNode>{}));
}

// In the container's mount namespace with the host's rights: what is done there follows only /dev, a tmpfs of
// ours.
Result<void> in_mount_namespace(pid_t init_pid, const std::function<Result<void>()>& body) {
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  return run_in_child("device helper", [&]() -> Result<void> {
    if (setns(init.get(), CLONE_NEWNS) < 0) return fail_errno(ExitCode::set_devices, "setns(mnt)");
    return body();
  });
}

}  // namespace

Result<void> apply_devices(const Change& change) {
  if (!change.changed.devnodes) return {};
  log_info("Setting devices");
  const ContainerDevices before = devices_of(change.before);
  const ContainerDevices after = devices_of(change.after);
  const auto has = [](const ContainerDevices& devices, const std::string& name) {
    return std::ranges::find(devices.nodes, name) != devices.nodes.end();
  };
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  VZ_TRY(Cgroup(layout, change.after.ctid).allow_devices(after.cgroup_rules));
  for (const auto& name : after.nodes) {
    if (has(before, name)) continue;
    VZ_ASSIGN(const Fd source, open_device(name));
    VZ_TRY(in_mount_namespace(change.init_pid, [&] { return attach_device(source.get(), name); }));
  }
  for (const auto& name : before.nodes) {
    if (has(after, name)) continue;
    VZ_TRY(in_mount_namespace(change.init_pid, [&]() -> Result<void> {
      const std::string path = "/dev/" + name;
      if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT) {
        return fail_errno(ExitCode::set_devices, "Unable to remove " + path);
      }
      if (unlink(path.c_str()) < 0 && errno != ENOENT)
        return fail_errno(ExitCode::set_devices, "unlink " + path);
      return {};
    }));
  }
  return {};
}

}  // namespace vz
