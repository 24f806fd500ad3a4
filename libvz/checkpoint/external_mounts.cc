#include "libvz/checkpoint/external_mounts.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"

namespace vz {

namespace {

std::string cookie(const std::string& node) {
  std::string name = "dev." + node;
  std::ranges::replace(name, '/', '-');
  return name;
}

}  // namespace

std::vector<std::string> parse_external_mounts(std::string_view mountinfo, std::string_view device) {
  std::vector<std::string> external;
  for (const auto& mount : parse_mount_table(mountinfo)) {
    if (mount.device != device || mount.root.size() < 2) continue;
    external.push_back("mnt[" + mount.mount_point + "]:" + cookie(mount.root.substr(1)));
  }
  return external;
}

Result<std::vector<std::string>> external_mounts_of(pid_t init_pid, const std::string& device_directory) {
  struct stat status;
  if (stat(device_directory.c_str(), &status) < 0)
    return fail_errno(ExitCode::checkpoint, "The container's device nodes: stat " + device_directory);
  VZ_ASSIGN(const std::string mountinfo, read_file("/proc/" + std::to_string(init_pid) + "/mountinfo"));
  return parse_external_mounts(
      mountinfo, std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev)));
}

std::vector<std::string> external_mounts_for(const std::vector<std::string>& device_nodes,
                                             const std::string& device_directory) {
  std::vector<std::string> external;
  for (const auto& node : device_nodes)
    external.push_back("mnt[" + cookie(node) + "]:" + device_directory + "/" + node);
  return external;
}

}  // namespace vz
