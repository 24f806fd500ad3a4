#include "libvz/host/lxcfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/process.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kPatience{5};

std::string warned_file(const Paths& paths) {
  return paths.run + "/lxcfs.warned";
}

}  // namespace

Result<std::string> find_lxcfs(const Paths& paths) {
  VZ_ASSIGN(const auto mounts, mount_table());
  const auto found = std::ranges::find_if(mounts, [&](const MountEntry& mount) {
    return mount.mount_point == paths.lxcfs && mount.type == "fuse.lxcfs";
  });
  if (found == mounts.end()) {
    return fail(ExitCode::bad_kernel, "lxcfs does not run here: install the package lxcfs and start it");
  }
  // Whatever reads from a daemon that hangs, hangs too.
  auto answers = run_in_child(
      "lxcfs",
      [&]() -> Result<void> {
        const std::string file = paths.lxcfs + "/proc/meminfo";
        struct stat status {};
        if (stat(file.c_str(), &status) < 0) return fail_errno(ExitCode::bad_kernel, "stat " + file);
        return {};
      },
      kPatience);
  if (!answers) {
    return fail(ExitCode::bad_kernel,
                "lxcfs does not answer (" + answers.error().text() + "): restart the service lxcfs");
  }
  return paths.lxcfs;
}

std::string lxcfs_or_warning(const Paths& paths) {
  auto found = find_lxcfs(paths);
  const std::string warned = warned_file(paths);
  if (found) {
    unlink(warned.c_str());
    return *found;
  }
  // Whoever makes the file is the one to say it.
  if (make_directories(paths.run, 0755) &&
      Fd(open(warned.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644))) {
    log_error("Warning: containers see the host's values in /proc/meminfo, /proc/cpuinfo and the like: " +
              found.error().text());
  }
  return "";
}

}  // namespace vz
