#include "libvz/isolation/root_file_system.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "libvz/core/file.h"
#include "libvz/isolation/device_nodes.h"
#include "libvz/isolation/proc_view.h"

namespace vz {

namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

Result<void> mount_at(const char* source, const std::string& target, const char* type, unsigned long flags,
                      const char* data = nullptr) {
  if (::mount(source, target.c_str(), type, flags, data) == 0) return {};
  return fail_errno(ExitCode::environment_create,
                    "mount " + (type != nullptr ? std::string(type) : source) + " on " + target);
}

Result<void> ensure_directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return fail_errno(ExitCode::environment_create, "mkdir " + path);
}

// pivot_root(2), NOTES: with "." twice the old root lies on top of the new one, from where it is detached.
Result<void> pivot_into(const std::string& root) {
  // Nothing that happens here may reach the host, while the host's unmounts still reach us.
  VZ_TRY(mount_at("", "/", nullptr, MS_REC | MS_SLAVE));
  // In a new user namespace the inherited mount is locked; a bind of it is ours.
  VZ_TRY(mount_at(root.c_str(), root, nullptr, MS_BIND | MS_REC));
  VZ_TRY(mount_at("", root, nullptr, MS_REC | MS_PRIVATE));
  if (chdir(root.c_str()) < 0) return fail_errno(ExitCode::environment_create, "chdir " + root);
  if (syscall(SYS_pivot_root, ".", ".") < 0)
    return fail_errno(ExitCode::environment_create, "pivot_root " + root);
  return {};
}

Result<void> mount_proc_and_sys() {
  VZ_TRY(ensure_directory("/proc", 0555));
  VZ_TRY(ensure_directory("/sys", 0555));
  VZ_TRY(mount_at("proc", "/proc", "proc", kPlain));
  // Read-only: what a container may configure of the network is below /proc/sys/net.
  VZ_TRY(mount_at("sysfs", "/sys", "sysfs", kPlain | MS_RDONLY));
  if (is_directory("/sys/fs/cgroup")) VZ_TRY(mount_at("cgroup2", "/sys/fs/cgroup", "cgroup2", kPlain));
  return {};
}

Result<void> mask() {
  for (const auto& path : read_only_paths()) {
    if (!exists(path)) continue;
    VZ_TRY(mount_at(path.c_str(), path, nullptr, MS_BIND | MS_REC));
    VZ_TRY(mount_at("", path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlain));
  }
  for (const auto& path : masked_files()) {
    if (exists(path)) VZ_TRY(mount_at("/dev/null", path, nullptr, MS_BIND));
  }
  // One empty directory for all of them: CRIU starts three programs for every file system of its own.
  const std::string empty = "/dev/.masked";
  VZ_TRY(ensure_directory(empty, 0555));
  for (const auto& path : masked_directories()) {
    if (!is_directory(path)) continue;
    VZ_TRY(mount_at(empty.c_str(), path, nullptr, MS_BIND));
    VZ_TRY(mount_at("", path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlain));
  }
  return {};
}

Result<void> link_at(const char* target, const char* path) {
  if (symlink(target, path) < 0)
    return fail_errno(ExitCode::environment_create, std::string("symlink ") + path);
  return {};
}

Result<void> mount_dev(const std::vector<std::string>& names, const std::vector<Fd>& sources) {
  VZ_TRY(ensure_directory("/dev", 0755));
  VZ_TRY(mount_at("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_STRICTATIME, "mode=755,size=64m"));
  for (size_t i = 0; i < names.size(); ++i) VZ_TRY(attach_device(sources[i].get(), names[i]));
  VZ_TRY(ensure_directory("/dev/pts", 0755));
  VZ_TRY(mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                  "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  VZ_TRY(ensure_directory("/dev/shm", 01777));
  VZ_TRY(mount_at("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
  VZ_TRY(link_at("pts/ptmx", "/dev/ptmx"));
  VZ_TRY(link_at("/proc/self/fd", "/dev/fd"));
  VZ_TRY(link_at("/proc/self/fd/0", "/dev/stdin"));
  VZ_TRY(link_at("/proc/self/fd/1", "/dev/stdout"));
  return link_at("/proc/self/fd/2", "/dev/stderr");
}

// By the kernel's rule a new proc or sysfs may show no more than one that is fully visible does.
Result<void> mount_for_nesting() {
  for (const auto& [name, type, flags] :
       {std::tuple{"proc", "proc", kPlain}, std::tuple{"sys", "sysfs", kPlain | MS_RDONLY}}) {
    const std::string path = std::string("/dev/.nesting/") + name;
    VZ_TRY(make_directories(path, 0555));
    VZ_TRY(mount_at(type, path, type, flags));
  }
  return {};
}

Result<void> mount_run() {
  VZ_TRY(ensure_directory("/run", 0755));
  VZ_TRY(mount_at("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
  // For vzmonitor (vzmonitor/usage_file.h).
  VZ_TRY(ensure_directory("/run/vz", 0755));
  VZ_TRY(open_file("/run/vz/user_beancounters", O_WRONLY | O_CREAT | O_EXCL, 0444));
  return {};
}

}  // namespace

const std::vector<std::string>& masked_files() {
  static const std::vector<std::string> paths = {"/proc/kcore", "/proc/keys", "/proc/latency_stats",
                                                 "/proc/timer_list", "/proc/sched_debug"};
  return paths;
}

const std::vector<std::string>& masked_directories() {
  static const std::vector<std::string> paths = {"/proc/acpi", "/proc/scsi", "/sys/firmware",
                                                 "/sys/kernel/security"};
  return paths;
}

const std::vector<std::string>& read_only_paths() {
  static const std::vector<std::string> paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger",
                                                 "/proc/asound"};
  return paths;
}

Result<void> attach_device(int source, const std::string& name) {
  const std::string path = "/dev/" + name;
  VZ_TRY(make_directories(path.substr(0, path.rfind('/')), 0755));
  { VZ_ASSIGN(const Fd point, open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644)); }
  if (syscall(SYS_move_mount, source, "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    return fail_errno(ExitCode::set_devices, "move_mount " + path);
  }
  return {};
}

Result<void> enter_root_file_system(const RootFileSystem& layout) {
  umask(0);
  // Taken while the host can still be seen.
  std::vector<Fd> devices;
  for (const auto& name : layout.devices) {
    VZ_ASSIGN(Fd device, open_device_node(layout.device_directory, name));
    devices.push_back(std::move(device));
  }
  std::vector<ProcViewFile> view;
  if (!layout.lxcfs.empty()) {
    VZ_ASSIGN(view, open_proc_view(layout.lxcfs));
  }
  VZ_TRY(pivot_into(layout.root));
  // Before the host's mounts go: a proc or sysfs can be mounted in a user namespace only while one is fully
  // visible.
  VZ_TRY(mount_proc_and_sys());
  VZ_TRY(mount_dev(layout.devices, devices));
  if (layout.nesting) VZ_TRY(mount_for_nesting());
  if (umount2(".", MNT_DETACH) < 0) return fail_errno(ExitCode::environment_create, "umount the host's root");
  if (chdir("/") < 0) return fail_errno(ExitCode::environment_create, "chdir /");
  VZ_TRY(mount_run());
  VZ_TRY(mask());
  VZ_TRY(attach_proc_view(view));
  umask(022);
  return {};
}

}  // namespace vz
