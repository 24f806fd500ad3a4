#include "libvz/storage/area_quota.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libvz/core/fd.h"
#include "libvz/host/btrfs.h"
#include "libvz/host/quota_support.h"
#include "libvz/storage/project_tree.h"

namespace vz {

namespace {

// What no file system holds is no limit.
constexpr std::uint64_t kMost = std::uint64_t{1} << 50;

std::uint64_t limit_of(std::uint64_t value) {
  return value >= kMost ? 0 : value;
}

class ProjectAreaQuota : public AreaQuota {
 public:
  ProjectAreaQuota(std::string area, Fd fd, std::uint32_t project)
      : area_(std::move(area)), fd_(std::move(fd)), project_(project) {}

  bool limits_inodes() const override { return true; }

  bool is_counted() const override { return project_id(fd_.get()) == project_; }

  Result<void> count() override {
    const std::uint32_t found = project_id(fd_.get()).value_or(0);
    if (found != 0 && !is_containers_project(found)) {
      return fail(ExitCode::quota_init, area_ + " has the project id " + std::to_string(found) +
                                            ", which is not a container's: clear it (chattr -p 0)");
    }
    return set_project(fd_.get(), area_, project_);
  }

  Result<void> limit(const DiskLimits& limits) override {
    if_dqblk quota{};
    quota.dqb_bsoftlimit = limits.soft_kilobytes;
    quota.dqb_bhardlimit = limits.hard_kilobytes;
    quota.dqb_isoftlimit = limits.soft_inodes;
    quota.dqb_ihardlimit = limits.hard_inodes;
    quota.dqb_valid = QIF_LIMITS;
    if (syscall(SYS_quotactl_fd, fd_.get(), QCMD(Q_SETQUOTA, PRJQUOTA), project_, &quota) < 0)
      return fail_errno(ExitCode::quota_set, "set the project quota of " + area_);
    if (!limits.grace || *limits.grace == 0) return {};
    // The kernel has one for each file system.
    if_dqinfo info{};
    info.dqi_bgrace = info.dqi_igrace = *limits.grace;
    info.dqi_valid = IIF_BGRACE | IIF_IGRACE;
    if (syscall(SYS_quotactl_fd, fd_.get(), QCMD(Q_SETINFO, PRJQUOTA), 0, &info) < 0)
      return fail_errno(ExitCode::quota_set, "set the grace time of the quota of " + area_);
    return {};
  }

 private:
  std::string area_;
  Fd fd_;
  std::uint32_t project_;
};

class SubvolumeAreaQuota : public AreaQuota {
 public:
  SubvolumeAreaQuota(std::string area, Fd fd, bool subvolume)
      : area_(std::move(area)), fd_(std::move(fd)), subvolume_(subvolume) {}

  bool limits_inodes() const override { return false; }

  bool is_counted() const override { return subvolume_; }

  Result<void> count() override {
    if (subvolume_) return {};
    return fail(ExitCode::quota_init,
                area_ +
                    " is a plain directory, and btrfs limits only subvolumes: stop the container, make a new "
                    "subvolume and move the files there (cp -a --reflink)");
  }

  Result<void> limit(const DiskLimits& limits) override {
    btrfs_ioctl_qgroup_limit_args args{};
    args.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
    args.lim.max_rfer = limits.hard_kilobytes == 0 ? ~std::uint64_t{0} : limits.hard_kilobytes * 1024;
    if (ioctl(fd_.get(), BTRFS_IOC_QGROUP_LIMIT, &args) < 0)
      return fail_errno(ExitCode::quota_set, "limit the quota group of " + area_);
    return {};
  }

 private:
  std::string area_;
  Fd fd_;
  bool subvolume_;
};

}  // namespace

DiskLimits disk_limits_of(const Parameters& parameters) {
  DiskLimits limits;
  if (parameters.diskspace) {
    limits.soft_kilobytes = limit_of(parameters.diskspace->soft);
    limits.hard_kilobytes = limit_of(parameters.diskspace->hard);
  }
  if (parameters.diskinodes) {
    limits.soft_inodes = limit_of(parameters.diskinodes->soft);
    limits.hard_inodes = limit_of(parameters.diskinodes->hard);
  }
  limits.grace = parameters.quotatime;
  if (limits.grace == 0U) {
    if (limits.soft_kilobytes != 0) limits.hard_kilobytes = limits.soft_kilobytes;
    if (limits.soft_inodes != 0) limits.hard_inodes = limits.soft_inodes;
  }
  return limits;
}

Result<std::unique_ptr<AreaQuota>> open_area_quota(const std::string& area, Ctid ctid) {
  VZ_ASSIGN(Fd fd, open_file(area, O_RDONLY | O_DIRECTORY));
  const QuotaSupport support = quota_support_of(fd.get());
  switch (support.kind) {
    case QuotaKind::project:
      return std::make_unique<ProjectAreaQuota>(area, std::move(fd), project_of(ctid));
    case QuotaKind::subvolume: {
      const bool subvolume = subvolume_of(fd.get()).has_value();
      return std::make_unique<SubvolumeAreaQuota>(area, std::move(fd), subvolume);
    }
    case QuotaKind::none:
      break;
  }
  return fail(ExitCode::bad_kernel, support.missing);
}

}  // namespace vz
