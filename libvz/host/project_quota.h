#pragma once

#include <cstdint>
#include <optional>

#include "libvz/core/paths.h"

namespace vz {

// Project quota (ext4, xfs): files with the same project id are counted and limited together.

// The project id of a container's tree. Those of others should lie outside
// [kFirstProject, kFirstProject + 2^31).
inline constexpr std::uint32_t kFirstProject = 1'000'000'000;
std::uint32_t project_of(Ctid ctid);

// What the file system of an open file does with project quota.
enum class ProjectQuota { none, counted, limited };
ProjectQuota project_quota_of(int fd);

// The project id of an open file or directory; 0: none. Nothing if it has no such thing.
std::optional<std::uint32_t> project_id(int fd);

struct ProjectUsage {
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;
};
std::optional<ProjectUsage> project_usage(int fd, std::uint32_t project);

}  // namespace vz
