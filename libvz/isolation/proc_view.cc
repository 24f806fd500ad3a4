#include "libvz/isolation/proc_view.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libvz/core/process.h"

namespace vz {

namespace {

// How many mounts may lie on one file before we leave it alone.
constexpr int kDeepest = 8;

Result<Fd> open_plain(int directory, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_PATH | O_CLOEXEC);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
  Fd fd(static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
  if (!fd) return fail_errno(ExitCode::environment_create, "open /" + path);
  return fd;
}

// The directory of a file of /proc or /sys, if that is the kernel's. Nothing of the container's own can then
// be on the way from there to the file.
Result<Fd> open_kernel_directory(const std::string& path) {
  const std::string directory = path.substr(1, path.rfind('/') - 1);
  VZ_ASSIGN(const Fd root, open_file("/", O_PATH | O_DIRECTORY));
  VZ_ASSIGN(Fd fd, open_plain(root.get(), directory, O_DIRECTORY));
  struct statfs type {};
  if (fstatfs(fd.get(), &type) < 0) return fail_errno(ExitCode::environment_create, "statfs /" + directory);
  if (type.f_type != PROC_SUPER_MAGIC && type.f_type != SYSFS_MAGIC) {
    return fail_errno(ExitCode::environment_create, "/" + directory + " is not the kernel's", EXDEV);
  }
  return fd;
}

// The container's own affair: it has something else there.
bool is_own_way(int error) {
  return error == EXDEV || error == ELOOP || error == ENOENT || error == ENOTDIR;
}

// What lies on the file.
enum class Covered { no, dead, alive };

Result<Covered> look_at(int directory, const std::string& name, dev_t kernel) {
  auto file = open_plain(directory, name, O_NOFOLLOW);
  if (!file && is_own_way(file.error().errno_value())) return fail(std::move(file));
  // FUSE without its daemon: ENOTCONN.
  struct statfs type {};
  struct stat status {};
  if (!file || fstatfs(file->get(), &type) < 0 || fstat(file->get(), &status) < 0) return Covered::dead;
  return status.st_dev == kernel ? Covered::no : Covered::alive;
}

Result<void> attach_at(int directory, const std::string& name, int mount) {
  struct stat kernel {};
  if (fstat(directory, &kernel) < 0) return fail_errno(ExitCode::environment_create, "stat " + name);
  for (int depth = 0; depth < kDeepest; ++depth) {
    VZ_ASSIGN(const Covered covered, look_at(directory, name, kernel.st_dev));
    if (covered == Covered::alive) return {};
    if (covered == Covered::no) {
      if (syscall(SYS_move_mount, mount, "", directory, name.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0)
        return {};
      return fail_errno(ExitCode::environment_create, "move_mount " + name);
    }
    if (fchdir(directory) < 0 || umount2(name.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
      return fail_errno(ExitCode::environment_create, "umount " + name);
  }
  return {};
}

Result<void> attach(const ProcViewFile& file) {
  const std::string name = file.path.substr(file.path.rfind('/') + 1);
  const auto directory = open_kernel_directory(file.path);
  const auto attached =
      directory ? attach_at(directory->get(), name, file.mount.get()) : std::unexpected(directory.error());
  if (attached || is_own_way(attached.error().errno_value())) return {};
  return std::unexpected(Error(attached.error()).context(file.path));
}

}  // namespace

const std::vector<std::string>& proc_view_files() {
  static const std::vector<std::string> files = {"/proc/cpuinfo",
                                                 "/proc/diskstats",
                                                 "/proc/loadavg",
                                                 "/proc/meminfo",
                                                 "/proc/stat",
                                                 "/proc/swaps",
                                                 "/sys/devices/system/cpu/online"};
  return files;
}

Result<std::vector<ProcViewFile>> open_proc_view(const std::string& lxcfs) {
  std::vector<ProcViewFile> files;
  for (const auto& path : proc_view_files()) {
    const std::string source = lxcfs + path;
    Fd mount(static_cast<int>(
        syscall(SYS_open_tree, AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
    if (!mount && errno == ENOENT) continue;
    if (!mount) return fail_errno(ExitCode::environment_create, "open_tree " + source);
    mount_attr attributes{};
    // As the kernel's own files here, and those that a restore without lxcfs puts in their place: CRIU could
    // not take a flag away again.
    attributes.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    attributes.propagation = MS_PRIVATE;
    if (syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
      return fail_errno(ExitCode::environment_create, "mount_setattr " + source);
    files.push_back({path, std::move(mount)});
  }
  return files;
}

Result<void> attach_proc_view(const std::vector<ProcViewFile>& files) {
  const Fd before(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Result<void> done;
  for (const auto& file : files) {
    done = attach(file);
    if (!done) break;
  }
  if (before && fchdir(before.get()) < 0 && done) return fail_errno(ExitCode::environment_create, "fchdir");
  return done;
}

Result<void> renew_proc_view(pid_t init_pid, const std::string& lxcfs) {
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  return run_in_child("proc view helper", [&]() -> Result<void> {
    VZ_ASSIGN(const auto files, open_proc_view(lxcfs));
    if (setns(init.get(), CLONE_NEWNS) < 0) return fail_errno(ExitCode::environment_create, "setns(mnt)");
    return attach_proc_view(files);
  });
}

}  // namespace vz
