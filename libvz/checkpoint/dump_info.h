#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

// What we write beside CRIU's images: DUMP/vzdump.info. Untrusted when read (a dump may come from anywhere).
struct DumpInfo {
  unsigned ctid = 0;
  unsigned uid_base = 0;
  unsigned gid_base = 0;
  std::string engine;                    // CRIU's version
  std::string kernel;                    // uname -r
  std::vector<CgroupChild> cgroups;      // see Cgroup::children()
  std::vector<std::string> veth_ifnames;  // interface names inside; venet0 among them
};

// CRIU reads the images from inside the new user namespace: at first, while that has no maps yet, as the host's root, then
// as the container's. So root keeps owning them and the container's root group may read them; what is in them is that
// root's own memory. Nobody else can: the directory is 0750 and its files are 0640 afterwards.
Result<void> give_dump_to_container(const std::string& dump, unsigned gid);

inline constexpr const char* kDumpInfoFile = "vzdump.info";

Result<void> write_dump_info(const std::string& dump, const DumpInfo& info);
// Not there or not readable: "… is not a complete dump", exit code restore. It is written last, so its absence tells a dump
// that was interrupted.
Result<DumpInfo> read_dump_info(const std::string& dump);

}  // namespace vz
