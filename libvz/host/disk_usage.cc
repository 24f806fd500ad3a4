#include "libvz/host/disk_usage.h"

#include <fcntl.h>
#include <unistd.h>

#include "libvz/core/fd.h"
#include "libvz/host/btrfs.h"
#include "libvz/host/project_quota.h"

namespace vz {

namespace {

std::uint64_t to_kilobytes(std::uint64_t bytes) {
  return (bytes + 1023) / 1024;
}

}  // namespace

DiskUsage DiskUsageReader::read(const std::string& directory, dev_t device) {
  if (without_quota_.contains(device)) return {};
  const Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return {};
  DiskUsage usage;
  if (is_btrfs(fd.get())) {
    const auto subvolume = subvolume_of(fd.get());
    const auto bytes = subvolume ? subvolume->qgroup_value("referenced") : std::nullopt;
    if (bytes) usage.kilobytes = to_kilobytes(*bytes);
    return usage;
  }
  if (project_quota_of(fd.get()) == ProjectQuota::none) {
    without_quota_.insert(device);
    return {};
  }
  const auto project = project_id(fd.get());
  if (!project || *project == 0) return {};
  if (const auto used = project_usage(fd.get(), *project)) {
    usage.kilobytes = to_kilobytes(used->bytes);
    usage.inodes = used->inodes;
  }
  return usage;
}

}  // namespace vz
