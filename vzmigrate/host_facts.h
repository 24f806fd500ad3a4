#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// What both sides compare before anything is changed.

std::string machine_name();            // uname -m
std::vector<std::string> cpu_flags();  // of the first CPU
// Controllers of the v1 hierarchies, and "unified" if there is a v2 one: a dump restores only where all of
// them are.
Result<std::vector<std::string>> cgroup_controllers();
// What is in wanted but not in present.
std::vector<std::string> missing(const std::vector<std::string>& wanted,
                                 const std::vector<std::string>& present);

struct TreeSize {
  std::uint64_t bytes = 0;  // on disk
  std::uint64_t inodes = 0;
};
// Of a directory, without crossing into other file systems or following symbolic links.
Result<TreeSize> tree_size(const std::string& directory);

// Free for root on the file system of a path, of which the last parts may not exist yet.
Result<TreeSize> free_space(const std::string& path);

}  // namespace vz
