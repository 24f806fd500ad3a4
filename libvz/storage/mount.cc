#include "libvz/storage/mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/user_namespace.h"

// <sys/mount.h> does not go together with <linux/mount.h> in older C libraries.
extern "C" {
int umount2(const char* target, int flags);
int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data);
}

namespace vz {

namespace {

constexpr std::uint64_t kNoSymlinks = 0x00200000;  // MOUNT_ATTR_NOSYMFOLLOW, which older headers lack

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

bool is_below(const std::string& path, const std::string& root) {
  return path == root || path.starts_with(root == "/" ? root : root + "/");
}

// The innermost mount that holds the path; of several on the same point the last one is on top.
Result<MountEntry> mount_of(const std::string& path) {
  const std::string real = real_path(path);
  VZ_ASSIGN(const auto entries, mount_table());
  const MountEntry* best = nullptr;
  for (const auto& entry : entries) {
    if (!is_below(real, entry.mount_point)) continue;
    if (best == nullptr || entry.mount_point.size() >= best->mount_point.size()) best = &entry;
  }
  if (best == nullptr) return fail(ExitCode::system, "no mount holds " + path);
  return *best;
}

}  // namespace

Result<void> mount_idmapped(const std::string& private_area, const std::string& root, unsigned uid_base,
                            unsigned gid_base, unsigned count) {
  const std::string what = "Can't mount: " + root + " " + private_area;
  const Fd tree(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, private_area.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  if (!tree) return fail_errno(ExitCode::cannot_mount, what);
  mount_attr attributes{};
  attributes.propagation = 1UL << 18;  // MS_PRIVATE
  Fd mapping;
  if (uid_base != 0) {
    auto made = make_user_namespace({uid_base, gid_base, count});
    if (!made)
      return std::unexpected(std::move(made).error().context(what).with_code(ExitCode::cannot_mount));
    mapping = *std::move(made);
    attributes.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NODEV;
    attributes.userns_fd = static_cast<__u64>(mapping.get());
  }
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
    const int reason = errno;
    auto type = file_system_type_of(private_area);
    return fail_errno(ExitCode::cannot_mount,
                      what + ": mount_setattr (file system " + type.value_or("?") +
                          " may have no idmapped mounts: move the private area to ext4, xfs or btrfs, or use "
                          "--local_uid 0)",
                      reason);
  }
  if (syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, root.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    return fail_errno(ExitCode::cannot_mount, what);
  }
  return {};
}

Result<void> follow_no_symlinks_below(const std::string& directory) {
  const std::string what = "Cannot keep symlinks below " + directory + " from being followed";
  if (unshare(CLONE_NEWNS) < 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
    return fail_errno(ExitCode::system, what);
  const Fd tree(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, directory.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  mount_attr attributes{};
  attributes.attr_set = kNoSymlinks | MOUNT_ATTR_RDONLY;
  if (!tree ||
      syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 ||
      syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, directory.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail_errno(ExitCode::system, what);
  return {};
}

Result<void> umount_tree(const std::string& root) {
  const std::string real = real_path(root);
  VZ_ASSIGN(auto entries, mount_table());
  std::erase_if(entries, [&](const MountEntry& entry) { return !is_below(entry.mount_point, real); });
  for (const auto& entry : std::vector<MountEntry>(entries.rbegin(), entries.rend())) {
    // A process of the container that is just ending may still have a file open.
    int attempts = 0;
    while (umount2(entry.mount_point.c_str(), 8 /* UMOUNT_NOFOLLOW */) < 0) {
      if (errno == EINVAL || errno == ENOENT) break;  // gone meanwhile
      if (errno != EBUSY || ++attempts == 100)
        return fail_errno(ExitCode::cannot_umount, "Can't umount " + entry.mount_point);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return {};
}

Result<std::string> file_system_root_of(const std::string& path) {
  VZ_ASSIGN(auto mount, mount_of(path));
  return mount.mount_point;
}

Result<std::string> file_system_type_of(const std::string& path) {
  VZ_ASSIGN(auto mount, mount_of(path));
  return mount.type;
}

}  // namespace vz
