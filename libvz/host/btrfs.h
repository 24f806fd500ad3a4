#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vz {

// A btrfs subvolume, seen through an open descriptor of its top directory.
struct Subvolume {
  std::uint64_t id = 0;
  // /sys/fs/btrfs/UUID/qgroups of its file system. There only while quota is enabled.
  std::string qgroups;

  // What the kernel shows of its quota group: "referenced", "max_referenced" (bytes), "limit_flags".
  std::optional<std::uint64_t> qgroup_value(const std::string& name) const;
};

bool is_btrfs(int fd);
// Nothing for a descriptor of anything but a subvolume's top directory.
std::optional<Subvolume> subvolume_of(int fd);
// Is quota enabled on the file system of an open file?
bool btrfs_has_quota(int fd);

}  // namespace vz
