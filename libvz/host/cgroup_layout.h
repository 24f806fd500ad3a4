#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// One mounted cgroup hierarchy of this host.
struct CgroupHierarchy {
  std::string mount_point;
  std::vector<std::string>
      controllers;  // v1: as mounted ("cpu", "cpuacct", "name=systemd"); v2: cgroup.controllers
  bool v2 = false;

  bool has(std::string_view controller) const;
};

// How cgroups are mounted here: v1, v2 or both (hybrid). A container's group has the same path in all of
// them.
struct CgroupLayout {
  std::vector<CgroupHierarchy> hierarchies;

  // The hierarchy with this controller, v1 or v2; nullptr if the host has none.
  const CgroupHierarchy* find(std::string_view controller) const;
  const CgroupHierarchy* unified() const;
};

// Reads /proc/self/mountinfo. No hierarchy at all: exit code bad_kernel.
Result<CgroupLayout> probe_cgroup_layout();
// The pure part; v2 controllers are not filled in.
CgroupLayout parse_cgroup_mounts(std::string_view mountinfo);

// "/vz/CTID", below every hierarchy's mount point.
std::string container_cgroup_path(Ctid ctid);

}  // namespace vz
