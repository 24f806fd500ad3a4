#include "libvz/host/quota_support.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include "libvz/core/fd.h"
#include "libvz/host/btrfs.h"

namespace vz {

namespace {

std::string type_of(int fd) {
  constexpr auto kXfs = 0x58465342;  // XFS_SUPER_MAGIC, which linux/magic.h lacks in older versions
  struct statfs status {};
  if (fstatfs(fd, &status) < 0) return "?";
  switch (status.f_type) {
    case kXfs:
      return "xfs";
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case TMPFS_MAGIC:
      return "tmpfs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlay";
    case NFS_SUPER_MAGIC:
      return "nfs";
    default:
      return "of this type";
  }
}

}  // namespace

std::string missing_quota(std::string_view type, ProjectQuota project) {
  if (type == "btrfs")
    return "quota is not enabled on this btrfs: enable it with \"btrfs quota enable <mount point>\"";
  const std::string name(type);
  if (type != "xfs" && type != "ext4") {
    return "a file system " + name +
           " has no quota for directory trees: put private areas on ext4 or xfs with project quota, or on "
           "btrfs with quota";
  }
  if (project == ProjectQuota::counted)
    return name + " counts projects here but does not limit them: mount it with the option prjquota";
  return type == "xfs" ? "xfs has no project quota here: mount it with the option prjquota (kernel feature "
                         "CONFIG_XFS_QUOTA)"
                       : "ext4 has no project quota here: while it is unmounted, run \"tune2fs -O "
                         "project,quota <device>\", then mount it with the option prjquota (kernel feature "
                         "CONFIG_QFMT_V2)";
}

QuotaSupport quota_support_of(int fd) {
  if (is_btrfs(fd)) {
    if (btrfs_has_quota(fd)) return {QuotaKind::subvolume};
    return {QuotaKind::none, missing_quota("btrfs", ProjectQuota::none)};
  }
  const ProjectQuota project = project_quota_of(fd);
  if (project == ProjectQuota::limited) return {QuotaKind::project};
  return {QuotaKind::none, missing_quota(type_of(fd), project)};
}

QuotaSupport quota_support_of(const std::string& directory) {
  const auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (!fd) return {QuotaKind::none, fd.error().text()};
  return quota_support_of(fd->get());
}

}  // namespace vz
