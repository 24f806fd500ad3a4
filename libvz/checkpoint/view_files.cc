#include "libvz/checkpoint/view_files.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "libvz/checkpoint/criu_images.pb.h"
#include "libvz/checkpoint/image.h"
#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/isolation/proc_view.h"

namespace vz {

namespace {

bool is_view_file(const std::string& path) {
  return std::ranges::find(proc_view_files(), path) != proc_view_files().end();
}

std::string cookie(const std::string& path) {
  std::string name = path.substr(1);
  std::ranges::replace(name, '/', '-');
  return "view." + name;
}

Result<std::string> device_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) < 0) return fail_errno(ExitCode::system, "stat " + path);
  return std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
}

}  // namespace

std::vector<std::string> parse_external_view_files(std::string_view mountinfo, std::string_view proc_device,
                                                   std::string_view sys_device) {
  std::vector<std::string> external;
  for (const auto& mount : parse_mount_table(mountinfo)) {
    std::string path = mount.root;
    if (mount.device == proc_device) {
      path = "/proc" + path;
    } else if (mount.device == sys_device) {
      path = "/sys" + path;
    } else if (mount.type != "fuse.lxcfs") {
      continue;
    }
    if (is_view_file(path)) external.push_back("mnt[" + mount.mount_point + "]:" + cookie(path));
  }
  return external;
}

Result<std::vector<std::string>> external_view_files_of(pid_t init_pid) {
  VZ_ASSIGN(const std::string proc, device_of("/proc"));
  VZ_ASSIGN(const std::string sys, device_of("/sys"));
  VZ_ASSIGN(const std::string mountinfo, read_file("/proc/" + std::to_string(init_pid) + "/mountinfo"));
  return parse_external_view_files(mountinfo, proc, sys);
}

std::vector<std::string> external_view_files_for(const std::string& lxcfs) {
  std::vector<std::string> external;
  for (const auto& path : proc_view_files()) {
    const std::string ours = lxcfs + path;
    // An lxcfs may know fewer files than that of the node where the dump was made.
    const bool served = !lxcfs.empty() && exists(ours);
    external.push_back("mnt[" + cookie(path) + "]:" + (served ? ours : path));
  }
  return external;
}

Result<void> forget_view_file_sizes(const std::string& images) {
  return change_image(images + "/files.img", [](std::string& bytes) {
    criu_images::File file;
    if (!file.ParseFromString(bytes) || !file.has_reg() || !file.reg().has_size()) return false;
    std::string name = file.reg().name();
    if (!name.starts_with('/')) name.insert(0, "/");
    if (!is_view_file(name)) return false;
    file.mutable_reg()->clear_size();
    bytes = file.SerializeAsString();
    return true;
  });
}

}  // namespace vz
