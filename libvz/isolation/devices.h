#pragma once

#include <string>
#include <vector>

#include "libvz/config/values.h"

namespace vz {

// The device nodes of a container: the fixed ones of every Unix and those of DEVNODES.
struct ContainerDevices {
  // Names below /dev, of the host and of the container alike; each a bind mount of the host's node.
  std::vector<std::string> nodes;
  // cgroup v1 devices.allow lines: the nodes, ptys, and the right to make (not open) others.
  std::vector<std::string> cgroup_rules;
};

// A DEVNODES entry that this host does not have is left out with a warning.
ContainerDevices container_devices(const std::vector<DeviceNode>& devnodes);

}  // namespace vz
