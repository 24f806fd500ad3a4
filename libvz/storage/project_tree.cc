#include "libvz/storage/project_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "libvz/core/fd.h"
#include "libvz/host/project_quota.h"

namespace vz {

namespace {

constexpr std::uint32_t kMostContainers = 1U << 31;

Result<void> mark(int fd, bool directory, const std::string& name, std::uint32_t project) {
  fsxattr attributes{};
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0)
    return fail_errno(ExitCode::quota_init, "read the project id of " + name);
  const __u32 flags = directory ? attributes.fsx_xflags | FS_XFLAG_PROJINHERIT : attributes.fsx_xflags;
  if (attributes.fsx_projid == project && attributes.fsx_xflags == flags) return {};
  attributes.fsx_projid = project;
  attributes.fsx_xflags = flags;
  if (ioctl(fd, FS_IOC_FSSETXATTR, &attributes) < 0)
    return fail_errno(ExitCode::quota_init, "set the project id of " + name);
  return {};
}

struct Walk {
  dev_t device;
  std::uint32_t project;

  Result<void> directory(int fd, const std::string& name) const {
    // First itself: what comes into it from now on is counted.
    VZ_TRY(mark(fd, true, name, project));
    const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(copy < 0 ? nullptr : fdopendir(copy), closedir);
    if (entries == nullptr) return fail_errno(ExitCode::quota_init, "read " + name);
    while (const dirent* entry = readdir(entries.get())) {
      const std::string_view child = entry->d_name;
      if (child != "." && child != "..") VZ_TRY(visit(fd, entry->d_name, name));
    }
    return {};
  }

  Result<void> visit(int parent, const char* child, const std::string& name) const {
    struct stat status {};
    // Gone meanwhile: not ours to count.
    if (fstatat(parent, child, &status, AT_SYMLINK_NOFOLLOW) < 0) return {};
    const bool is_directory = S_ISDIR(status.st_mode);
    if (status.st_dev != device || (!is_directory && !S_ISREG(status.st_mode))) return {};
    const Fd fd(
        openat(parent, child,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (is_directory ? O_DIRECTORY : 0)));
    const std::string path = name + "/" + child;
    if (!fd) {
      if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == ENXIO) return {};
      return fail_errno(ExitCode::quota_init, "open " + path);
    }
    return is_directory ? directory(fd.get(), path) : mark(fd.get(), false, path, project);
  }
};

}  // namespace

Result<void> set_project(int directory, const std::string& name, std::uint32_t project) {
  struct stat status {};
  if (fstat(directory, &status) < 0) return fail_errno(ExitCode::quota_init, "stat " + name);
  return Walk{status.st_dev, project}.directory(directory, name);
}

bool is_containers_project(std::uint32_t project) {
  return project >= kFirstProject && project - kFirstProject < kMostContainers;
}

}  // namespace vz
