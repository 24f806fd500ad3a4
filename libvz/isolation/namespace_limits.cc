#include "libvz/isolation/namespace_limits.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/process.h"

namespace vz {

namespace {

using Options = std::vector<std::pair<const char*, std::string>>;

// Only options of the file system are changed; those of the mount stay as the container has them.
Result<void> reconfigure(const char* path, const Options& options) {
  const Fd context(fspick(AT_FDCWD, path, FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT | FSPICK_SYMLINK_NOFOLLOW));
  if (!context) return fail_errno(ExitCode::set_ubc, std::string("fspick ") + path);
  for (const auto& [key, value] : options) {
    if (fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) < 0)
      return fail_errno(ExitCode::set_ubc, std::string(path) + ": " + key + "=" + value);
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) == 0) return {};
  std::string what = std::string("Unable to limit ") + path + " to";
  for (const auto& [key, value] : options) what += std::string(" ") + key + "=" + value;
  return fail_errno(ExitCode::set_ubc, what);
}

// As the container's root: so that nothing but the container's own file systems can be meant.
Result<void> limit_file_systems(const NamespaceLimits& limits) {
  if (limits.shared_pages) {
    const std::string size = *limits.shared_pages >= kUnlimited / 4096
                                 ? "50%"
                                 : std::to_string(std::max<std::uint64_t>(1, *limits.shared_pages) * 4096);
    VZ_TRY(reconfigure("/dev/shm", {{"size", size}}));
  }
  if (!limits.terminals) return {};
  constexpr std::uint64_t kMost = 1U << 20;  // the kernel's NR_UNIX98_PTY_MAX
  // What is not named would fall back to its default.
  return reconfigure("/dev/pts", {{"gid", "5"},
                                  {"mode", "0620"},
                                  {"ptmxmode", "0666"},
                                  {"max", std::to_string(std::min(*limits.terminals, kMost))}});
}

// Kernels since 6.10 let only the namespace's own root write these, earlier ones only the host's.
Result<void> write_ipc(const std::string& file, std::uint64_t value, uid_t owner) {
  auto written = write_knob(file, std::to_string(value));
  if (written || written.error().errno_value() != EACCES || owner == 0) return written;
  if (seteuid(owner) < 0) return fail_errno(ExitCode::set_ubc, "seteuid");
  written = write_knob(file, std::to_string(value));
  if (seteuid(0) < 0) return fail_errno(ExitCode::set_ubc, "seteuid");
  return written;
}

Result<void> limit_ipc(std::uint64_t pages, uid_t owner) {
  // SHMALL and SHMMAX of linux/shm.h.
  constexpr std::uint64_t kDefault = ~0ULL - (1ULL << 24U);
  const bool unlimited = pages >= kUnlimited / 4096;
  VZ_TRY(write_ipc("/proc/sys/kernel/shmall", unlimited ? kDefault : pages, owner));
  return write_ipc("/proc/sys/kernel/shmmax", unlimited ? kDefault : pages * 4096, owner);
}

}  // namespace

NamespaceLimits namespace_limits_of(const Parameters& parameters) {
  NamespaceLimits limits;
  if (parameters.shmpages) limits.shared_pages = parameters.shmpages->limit;
  if (parameters.numpty) limits.terminals = parameters.numpty->limit;
  return limits;
}

Result<void> limit_namespaces(pid_t init_pid, const UserMapping& mapping, const NamespaceLimits& limits) {
  if (!limits.shared_pages && !limits.terminals) return {};
  constexpr std::chrono::seconds kLongest{60};
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  if (limits.shared_pages) {
    VZ_TRY(run_in_child(
        "IPC helper",
        [&]() -> Result<void> {
          if (setns(init.get(), CLONE_NEWIPC) < 0) return fail_errno(ExitCode::set_ubc, "setns(ipc)");
          return limit_ipc(*limits.shared_pages, mapping.uid_base);
        },
        kLongest));
  }
  return run_in_child(
      "mount helper",
      [&]() -> Result<void> {
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        VZ_TRY(join_namespaces(init.get(), mapping));
        return limit_file_systems(limits);
      },
      kLongest);
}

}  // namespace vz
