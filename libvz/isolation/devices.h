#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/isolation/device_rule.h"

namespace vz {

// A device node of the host that a container gets.
struct HostDevice {
  std::string name;  // below /dev, of the host and of the container alike
  mode_t mode = 0;   // as stat(2) says: type and permissions
  dev_t number = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// The devices of a container: the fixed ones of every Unix, those of FEATURES (fuse, tun, ppp) and DEVNODES,
// and what DEVICES allows by number.
struct ContainerDevices {
  std::vector<HostDevice> nodes;
  // What may be opened: the nodes, ptys, DEVICES; and any node may be made (not opened).
  std::vector<DevicePermission> permissions;

  std::vector<std::string> names() const;  // of the nodes
};

// A device that this host does not have is left out with a warning that names the parameter. An entry
// without permissions ("none") takes away what stands before it.
ContainerDevices container_devices(const Parameters& parameters);

// Tells on the log what DEVICES allows but the container has no node for and can make none, being in a user
// namespace.
void warn_of_devices_without_node(const Parameters& parameters, bool own_user_namespace);

}  // namespace vz
