#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace vz {

// What a directory tree takes on disk, as far as the file system counts it; the tree is never walked.
struct DiskUsage {
  std::optional<std::uint64_t> kilobytes;
  std::optional<std::uint64_t> inodes;
};

// Counted are trees that have a project id of their own on a file system with project quota (xfs, ext4), and
// subvolumes of a btrfs with quota, without inodes; of all others nothing is known. One reader is made for
// many trees: it asks each file system once.
class DiskUsageReader {
 public:
  // device: that of directory, as stat(2) tells it.
  DiskUsage read(const std::string& directory, dev_t device);

 private:
  std::set<dev_t> without_quota_;
};

}  // namespace vz
