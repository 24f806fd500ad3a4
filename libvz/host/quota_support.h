#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libvz/host/project_quota.h"

namespace vz {

// What a file system has to limit a directory tree.
enum class QuotaKind : std::uint8_t {
  none,
  project,    // ext4, xfs: space and files
  subvolume,  // btrfs: space only, and only of subvolumes
};

struct QuotaSupport {
  QuotaKind kind = QuotaKind::none;
  std::string missing{};  // of none: what, and what to do about it
};

// Of the file system of an open file.
QuotaSupport quota_support_of(int fd);
// Of that of a directory. One that cannot be opened: none.
QuotaSupport quota_support_of(const std::string& directory);

// The pure part: why there is no quota on a file system of that type. Never empty.
std::string missing_quota(std::string_view type, ProjectQuota project);

}  // namespace vz
