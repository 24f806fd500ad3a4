#include <fcntl.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "libvz/container/aspects.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/isolation/device_nodes.h"
#include "libvz/isolation/devices.h"
#include "libvz/isolation/root_file_system.h"

namespace vz {

namespace {

// In the container's mount namespace, where files are its root's: the host's root could make none in /dev, a
// file system of the container's user namespace, and has no rights there that the container has not.
Result<void> in_mount_namespace(const Change& change, const std::function<Result<void>()>& body) {
  VZ_ASSIGN(const Fd init, open_pidfd(change.init_pid));
  return run_in_child("device helper", [&]() -> Result<void> {
    if (setns(init.get(), CLONE_NEWNS) < 0) return fail_errno(ExitCode::set_devices, "setns(mnt)");
    setfsgid(change.after.gid_base());
    setfsuid(change.after.uid_base());
    return body();
  });
}

bool is_there(const HostDevice& node) {
  struct stat status {};
  return lstat(("/dev/" + node.name).c_str(), &status) == 0 && status.st_rdev == node.number &&
         (status.st_mode & S_IFMT) == (node.mode & S_IFMT);
}

Result<void> add_missing_nodes(const Change& change, const std::vector<HostDevice>& nodes) {
  const std::string directory = change.global.paths.device_nodes_of(change.after.ctid);
  VZ_TRY(make_device_nodes({directory, change.after.uid_base(), change.after.gid_base()}, nodes));
  std::vector<Fd> sources;
  for (const auto& node : nodes) {
    VZ_ASSIGN(Fd source, open_device_node(directory, node.name));
    sources.push_back(std::move(source));
  }
  return in_mount_namespace(change, [&]() -> Result<void> {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!is_there(nodes[i])) VZ_TRY(attach_device(sources[i].get(), nodes[i].name));
    }
    return {};
  });
}

Result<void> remove_nodes(const Change& change, const std::set<std::string>& names) {
  return in_mount_namespace(change, [&]() -> Result<void> {
    for (const auto& name : names) {
      const std::string path = "/dev/" + name;
      if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT) {
        return fail_errno(ExitCode::set_devices, "Unable to remove " + path);
      }
      if (unlink(path.c_str()) < 0 && errno != ENOENT)
        return fail_errno(ExitCode::set_devices, "unlink " + path);
    }
    return {};
  });
}

// Not by the configuration alone: an earlier change may not have been saved.
std::set<std::string> nodes_to_remove(const Change& change, const ContainerDevices& after) {
  std::set<std::string> names;
  for (const auto& name : container_devices(change.before.merged).names()) names.insert(name);
  for (const auto& node : change.changed.devnodes.value_or(std::vector<DeviceNode>{}))
    names.insert(node.name);
  for (const auto& name : after.names()) names.erase(name);
  return names;
}

}  // namespace

Result<void> apply_devices(const Change& change) {
  if (!change.changed.devnodes && !change.changed.devices) return {};
  log_info("Setting devices");
  warn_of_devices_without_node(change.after.merged, change.after.uid_base() != 0);
  const ContainerDevices after = container_devices(change.after.merged);
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  VZ_TRY(Cgroup(layout, change.after.ctid).allow_devices(after.permissions));
  VZ_TRY(add_missing_nodes(change, after.nodes));
  return remove_nodes(change, nodes_to_remove(change, after));
}

}  // namespace vz
