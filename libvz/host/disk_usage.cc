#include "libvz/host/disk_usage.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libvz/core/fd.h"

namespace vz {

namespace {

bool has_project_quota(int fd) {
  if_dqinfo info{};
  return syscall(SYS_quotactl_fd, fd, QCMD(Q_GETINFO, PRJQUOTA), 0, &info) == 0;
}

}  // namespace

DiskUsage DiskUsageReader::read(const std::string& directory, dev_t device) {
  if (without_quota_.contains(device)) return {};
  const Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return {};
  if (!has_project_quota(fd.get())) {
    without_quota_.insert(device);
    return {};
  }
  fsxattr attributes{};
  if (ioctl(fd.get(), FS_IOC_FSGETXATTR, &attributes) < 0 || attributes.fsx_projid == 0) return {};
  if_dqblk quota{};
  if (syscall(SYS_quotactl_fd, fd.get(), QCMD(Q_GETQUOTA, PRJQUOTA), attributes.fsx_projid, &quota) < 0)
    return {};
  DiskUsage usage;
  if ((quota.dqb_valid & QIF_SPACE) != 0) usage.kilobytes = (quota.dqb_curspace + 1023) / 1024;
  if ((quota.dqb_valid & QIF_INODES) != 0) usage.inodes = quota.dqb_curinodes;
  return usage;
}

}  // namespace vz
