#include "libvz/isolation/device_nodes.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/isolation/namespaces.h"

namespace vz {

namespace {

unsigned inside_id(unsigned base, unsigned host_id) {
  return base == 0 ? host_id : base + (host_id < kIdCount ? host_id : 0);
}

Result<bool> is_mount_point(const std::string& path) {
  VZ_ASSIGN(const auto mounts, mount_table());
  return std::ranges::find(mounts, path, &MountEntry::mount_point) != mounts.end();
}

Result<void> make_node(const DeviceDirectory& directory, const HostDevice& node) {
  const std::string path = directory.path + "/" + node.name;
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0 && status.st_rdev == node.number &&
      (status.st_mode & S_IFMT) == (node.mode & S_IFMT))
    return {};
  VZ_TRY(make_directories(path.substr(0, path.rfind('/')), 0711));
  if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::set_devices, "unlink " + path);
  if (mknod(path.c_str(), node.mode, node.number) < 0)
    return fail_errno(ExitCode::set_devices, "mknod " + path);
  if (lchown(path.c_str(), inside_id(directory.uid_base, node.uid), inside_id(directory.gid_base, node.gid)) <
      0)
    return fail_errno(ExitCode::set_devices, "chown " + path);
  // The process's umask may have taken some of it.
  if (chmod(path.c_str(), node.mode & 07777) < 0) return fail_errno(ExitCode::set_devices, "chmod " + path);
  return {};
}

}  // namespace

Result<void> make_device_nodes(const DeviceDirectory& directory, const std::vector<HostDevice>& nodes) {
  VZ_TRY(make_directories(directory.path, 0711));
  VZ_ASSIGN(const bool mounted, is_mount_point(directory.path));
  // A file system of its own, as that of /run forbids devices.
  if (!mounted &&
      mount("tmpfs", directory.path.c_str(), "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=711,size=1m") < 0)
    return fail_errno(ExitCode::set_devices, "mount tmpfs on " + directory.path);
  // What a container mounts over its nodes must not come to lie over these.
  if (mount(nullptr, directory.path.c_str(), nullptr, MS_PRIVATE, nullptr) < 0)
    return fail_errno(ExitCode::set_devices, "make " + directory.path + " private");
  for (const auto& node : nodes) VZ_TRY(make_node(directory, node));
  return {};
}

Result<void> remove_device_nodes(const std::string& path) {
  while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  // Not there, or nothing mounted on it.
  if (errno != ENOENT && errno != EINVAL) return fail_errno(ExitCode::set_devices, "umount " + path);
  if (rmdir(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::set_devices, "rmdir " + path);
  return {};
}

Result<Fd> open_device_node(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  Fd fd(
      static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!fd) return fail_errno(ExitCode::set_devices, "open_tree " + path);
  return fd;
}

}  // namespace vz
