#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

struct RootFileSystem {
  std::string root;                  // VE_ROOT, mounted
  std::vector<std::string> devices;  // below /dev
  bool nesting = false;              // see nesting_allowed()
  std::string device_directory;      // where on the host the nodes are (device_nodes.h)
  std::string lxcfs;                 // lxcfs' directory on the host; empty: none
};

// In the container's first process, with its namespaces and ids already in place: makes VE_ROOT the root,
// mounts /proc, /sys, /dev, an empty /run and what belongs below, masks what must not be seen, and lets the
// host's mounts go. After an error the caller must end: the process may still see the host. CRIU sees these
// mounts again; see checkpoint/external_mounts.h.
Result<void> enter_root_file_system(const RootFileSystem& layout);

// Paths that show an empty file or directory instead of the host's.
const std::vector<std::string>& masked_files();
const std::vector<std::string>& masked_directories();
// Parts of /proc that can only be read.
const std::vector<std::string>& read_only_paths();

// Binds one device node into a running container's /dev. The caller is in the container's mount namespace,
// and source is a detached mount of the node from open_device_node().
Result<void> attach_device(int source, const std::string& name);

}  // namespace vz
