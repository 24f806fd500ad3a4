#include "libvz/host/btrfs.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::string uuid_text(const __u8* bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < BTRFS_UUID_SIZE; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

// Empty: not a btrfs.
std::string qgroups_of(int fd) {
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0) return "";
  return "/sys/fs/btrfs/" + uuid_text(info.fsid) + "/qgroups";
}

}  // namespace

std::optional<std::uint64_t> Subvolume::qgroup_value(const std::string& name) const {
  const auto text = read_file(qgroups + "/0_" + std::to_string(id) + "/" + name);
  if (!text) return std::nullopt;
  const auto lines = split(*text, "\n");
  const auto value = lines.empty() ? std::nullopt : parse_int(lines[0]);
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

bool is_btrfs(int fd) {
  struct statfs type {};
  return fstatfs(fd, &type) == 0 && type.f_type == BTRFS_SUPER_MAGIC;
}

std::optional<Subvolume> subvolume_of(int fd) {
  struct stat status {};
  if (!is_btrfs(fd) || fstat(fd, &status) < 0 || status.st_ino != BTRFS_FIRST_FREE_OBJECTID)
    return std::nullopt;
  btrfs_ioctl_get_subvol_info_args info{};
  if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0) return std::nullopt;
  return Subvolume{info.treeid, qgroups_of(fd)};
}

bool btrfs_has_quota(int fd) {
  const std::string qgroups = qgroups_of(fd);
  return !qgroups.empty() && is_directory(qgroups);
}

}  // namespace vz
