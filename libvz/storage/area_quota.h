#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libvz/config/parameters.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// How much a container's private area may hold. 0: no limit.
struct DiskLimits {
  std::uint64_t soft_kilobytes = 0;
  std::uint64_t hard_kilobytes = 0;
  std::uint64_t soft_inodes = 0;
  std::uint64_t hard_inodes = 0;
  // Seconds for which the soft limits may be passed; unset: the file system's own.
  std::optional<unsigned> grace;
  bool operator==(const DiskLimits&) const = default;
};

// What DISKSPACE, DISKINODES and QUOTATIME ask for. QUOTATIME=0 leaves no time between the soft and the hard
// limit: then the soft one is both.
DiskLimits disk_limits_of(const Parameters& parameters);

// The quota of one private area, by whatever its file system has for directory trees.
class AreaQuota {
 public:
  virtual ~AreaQuota() = default;

  // Of DISKINODES.
  virtual bool limits_inodes() const = 0;
  // Is the area counted as this container's?
  virtual bool is_counted() const = 0;
  // Makes it so, with all that is in it. May take as long as walking the tree does. Exit code quota_init.
  virtual Result<void> count() = 0;
  // Exit code quota_set.
  virtual Result<void> limit(const DiskLimits& limits) = 0;
};

// ext4, xfs: project quota, the project being the container's. btrfs: the quota group of the area, which must
// be a subvolume; it has neither inodes nor soft limits: the hard one counts. Where there is none of this, an
// error (bad_kernel) that says what is missing and what to do.
Result<std::unique_ptr<AreaQuota>> open_area_quota(const std::string& area, Ctid ctid);

}  // namespace vz
