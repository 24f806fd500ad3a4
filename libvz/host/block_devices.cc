#include "libvz/host/block_devices.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr long kBtrfsMagic = 0x9123683e;

std::string in_sysfs(const std::string& device) {
  return "/sys/dev/block/" + device;
}

// A partition's disk; a disk itself.
std::string whole_disk(const std::string& device) {
  if (!exists(in_sysfs(device) + "/partition")) return device;
  const auto disk = read_file(in_sysfs(device) + "/../dev");
  return disk ? std::string(trim(*disk)) : device;
}

// Source of the directory: the kernel's fs/btrfs/sysfs.c.
Result<std::vector<std::string>> disks_of_btrfs(const std::string& path) {
  VZ_ASSIGN(const Fd file, open_file(path, O_RDONLY));
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(file.get(), BTRFS_IOC_FS_INFO, &info) < 0)
    return fail_errno(ExitCode::system, "BTRFS_IOC_FS_INFO of " + path);
  std::string uuid;
  for (size_t i = 0; i < sizeof info.fsid; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += kDigits[info.fsid[i] >> 4U];
    uuid += kDigits[info.fsid[i] & 15U];
  }
  const std::string directory = "/sys/fs/btrfs/" + uuid + "/devices";
  VZ_ASSIGN(const auto names, list_directory(directory));
  std::vector<std::string> disks;
  for (const auto& name : names) {
    VZ_ASSIGN(const std::string device, read_file(directory + "/" + name + "/dev"));
    disks.push_back(whole_disk(std::string(trim(device))));
  }
  return disks;
}

// The upper directory of the overlay with this device number, as far as this process sees it mounted.
Result<std::string> upper_directory(const std::string& device) {
  VZ_ASSIGN(const auto mounts, mount_table());
  for (const auto& mount : mounts) {
    if (mount.device != device || mount.type != "overlay") continue;
    for (const auto& option : mount.super_options) {
      constexpr std::string_view kUpper = "upperdir=";
      if (option.starts_with(kUpper)) return option.substr(kUpper.size());
    }
  }
  return std::string();
}

}  // namespace

Result<std::vector<std::string>> block_devices_below(const std::string& path) {
  struct stat status {};
  struct statfs system {};
  if (stat(path.c_str(), &status) < 0 || statfs(path.c_str(), &system) < 0)
    return fail_errno(ExitCode::system, "stat " + path);
  const std::string device =
      std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::vector<std::string> disks;
  if (major(status.st_dev) != 0) {
    disks.push_back(whole_disk(device));
  } else if (system.f_type == kBtrfsMagic) {
    VZ_ASSIGN(disks, disks_of_btrfs(path));
  } else {
    VZ_ASSIGN(const std::string upper, upper_directory(device));
    if (!upper.empty() && upper != path && exists(upper)) return block_devices_below(upper);
  }
  std::ranges::sort(disks);
  disks.erase(std::unique(disks.begin(), disks.end()), disks.end());
  return disks;
}

bool does_io_weights(const std::string& device) {
  const auto scheduler = read_file(in_sysfs(device) + "/queue/scheduler");
  if (scheduler && scheduler->find("[bfq]") != std::string::npos) return true;
  const auto costs = read_file("/sys/fs/cgroup/io.cost.qos");
  for (const auto& line : split(costs ? *costs : std::string(), "\n")) {
    if (line.starts_with(device + " ") && line.find("enable=1") != std::string::npos) return true;
  }
  return false;
}

}  // namespace vz
