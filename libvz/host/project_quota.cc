#include "libvz/host/project_quota.h"

#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vz {

std::uint32_t project_of(Ctid ctid) {
  return kFirstProject + ctid;
}

ProjectQuota project_quota_of(int fd) {
  fs_quota_statv state{};
  state.qs_version = FS_QSTATV_VERSION1;
  if (syscall(SYS_quotactl_fd, fd, QCMD(Q_XGETQSTATV, PRJQUOTA), 0, &state) < 0) return ProjectQuota::none;
  if ((state.qs_flags & FS_QUOTA_PDQ_ACCT) == 0) return ProjectQuota::none;
  return (state.qs_flags & FS_QUOTA_PDQ_ENFD) != 0 ? ProjectQuota::limited : ProjectQuota::counted;
}

std::optional<std::uint32_t> project_id(int fd) {
  fsxattr attributes{};
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0) return std::nullopt;
  return attributes.fsx_projid;
}

std::optional<ProjectUsage> project_usage(int fd, std::uint32_t project) {
  if_dqblk quota{};
  if (syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, PRJQUOTA), project, &quota) < 0) return std::nullopt;
  if ((quota.dqb_valid & QIF_SPACE) == 0 || (quota.dqb_valid & QIF_INODES) == 0) return std::nullopt;
  return ProjectUsage{quota.dqb_curspace, quota.dqb_curinodes};
}

}  // namespace vz
