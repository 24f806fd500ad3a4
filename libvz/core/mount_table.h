#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// A line of /proc/PID/mountinfo (proc(5)), its escapes undone.
struct MountEntry {
  std::string device;       // "major:minor"
  std::string root;         // of the mount within its file system
  std::string mount_point;  // as the process sees it
  std::string type;         // "ext4"
  std::vector<std::string> super_options;
};

// In the order of the file: what is mounted later comes later. A line that cannot be read is left out.
std::vector<MountEntry> parse_mount_table(std::string_view mountinfo);

// Of this process.
Result<std::vector<MountEntry>> mount_table();

// True if something is mounted on root, or the private area is bound there in any other way. A root that does
// not exist is not mounted. Source: vzctl 4.x, status.
Result<bool> is_mounted(const std::string& root, const std::string& private_area);

}  // namespace vz
