#pragma once

#include <string>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"
#include "libvz/isolation/devices.h"

namespace vz {

// A running container's device nodes are of a small file system of their own on the host, of which each node
// is bound into the container: so they belong to the container's ids (the host's own nodes would be nobody's
// inside, and only those that anyone may open could be used), and what a container does to its /dev/null does
// not happen to the host's.
struct DeviceDirectory {
  std::string path;   // on the host
  unsigned uid_base;  // first host ids of the container's user namespace; 0: none
  unsigned gid_base;
};

// Mounts it and makes the nodes, with the owners and permissions that the host's have, the ids being those of
// the container. There already: nodes that are
// missing are added. Exit code set_devices.
Result<void> make_device_nodes(const DeviceDirectory& directory, const std::vector<HostDevice>& nodes);

// Unmounts it; what containers have bound stays theirs. Not there: fine.
Result<void> remove_device_nodes(const std::string& path);

// A detached mount of one node, to be bound somewhere.
Result<Fd> open_device_node(const std::string& directory, const std::string& name);

}  // namespace vz
