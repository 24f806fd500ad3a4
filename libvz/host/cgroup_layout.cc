#include "libvz/host/cgroup_layout.h"

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kFlags[] = {"rw",
                                       "ro",
                                       "xattr",
                                       "noprefix",
                                       "clone_children",
                                       "cpuset_v2_mode",
                                       "none",
                                       "all",
                                       "nsdelegate",
                                       "memory_recursiveprot",
                                       "memory_localevents"};

bool names_controller(const std::string& option) {
  return std::ranges::find(kFlags, option) == std::end(kFlags) && !option.starts_with("release_agent=") &&
         option.find("favordynmods") == std::string::npos;
}

}  // namespace

bool CgroupHierarchy::has(std::string_view controller) const {
  return std::ranges::find(controllers, controller) != controllers.end();
}

const CgroupHierarchy* CgroupLayout::find(std::string_view controller) const {
  const auto found = std::ranges::find_if(hierarchies, [&](const auto& h) { return h.has(controller); });
  return found == hierarchies.end() ? nullptr : &*found;
}

const CgroupHierarchy* CgroupLayout::unified() const {
  const auto found = std::ranges::find_if(hierarchies, [](const auto& h) { return h.v2; });
  return found == hierarchies.end() ? nullptr : &*found;
}

CgroupLayout parse_cgroup_mounts(std::string_view mountinfo) {
  CgroupLayout layout;
  for (const auto& mount : parse_mount_table(mountinfo)) {
    if ((mount.type != "cgroup" && mount.type != "cgroup2") || mount.root != "/") continue;
    CgroupHierarchy hierarchy{
        .mount_point = mount.mount_point, .controllers = {}, .v2 = mount.type == "cgroup2"};
    if (!hierarchy.v2) {
      for (const auto& option : mount.super_options) {
        if (names_controller(option)) hierarchy.controllers.push_back(option);
      }
    }
    const auto same = [&](const auto& other) {
      return other.v2 == hierarchy.v2 && other.controllers == hierarchy.controllers;
    };
    if (std::ranges::none_of(layout.hierarchies, same)) layout.hierarchies.push_back(std::move(hierarchy));
  }
  return layout;
}

Result<CgroupLayout> probe_cgroup_layout() {
  VZ_ASSIGN(const std::string mountinfo, read_file("/proc/self/mountinfo"));
  CgroupLayout layout = parse_cgroup_mounts(mountinfo);
  if (layout.hierarchies.empty()) {
    return fail(ExitCode::bad_kernel, "No cgroup file system is mounted: mount one below /sys/fs/cgroup");
  }
  for (auto& hierarchy : layout.hierarchies) {
    if (!hierarchy.v2) continue;
    VZ_ASSIGN(const std::string available, read_file(hierarchy.mount_point + "/cgroup.controllers"));
    hierarchy.controllers = split(available, " \n");
  }
  return layout;
}

std::string container_cgroup_path(Ctid ctid) {
  return "/vz/" + std::to_string(ctid);
}

}  // namespace vz
