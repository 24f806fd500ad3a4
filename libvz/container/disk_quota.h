#pragma once

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// DISKSPACE, DISKINODES and QUOTATIME of a container on simfs, unless DISK_QUOTA is no. They stand in the
// file system (storage/area_quota.h), so they hold whether the container runs or not.

// Counts the area as the container's, if that is not yet so, and sets the limits; with DISK_QUOTA=no what is
// there of them goes. area: the private area, perhaps under another name while it is made. Nothing is done
// where the file system has no quota: that is what vzctl features and the warnings at start are about. Other
// failures are a warning too.
void limit_disk(const ContainerConfig& config, const std::string& area);

// Counts the area as the container's without limiting it, so that what comes into it need not be looked
// through later.
void count_disk(const ContainerConfig& config, const std::string& area);

// limit_disk(), but everything that keeps the limits from being enforced is an error: quota_set, or
// quota_init if the area cannot be counted.
Result<void> require_disk_limits(const ContainerConfig& config);

// Takes the limits away; the files stay counted. Exit code quota_off.
Result<void> lift_disk_limits(const ContainerConfig& config);

}  // namespace vz
