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
  std::string engine;                     // CRIU's version
  std::string kernel;                     // uname -r
  std::vector<CgroupChild> cgroups;       // see Cgroup::children()
  std::vector<std::string> veth_ifnames;  // interface names inside; venet0 among them
};

// A dump holds memory: its directory is 0700 and its files are 0600, of root. While CRIU restores, some
// images are read as the container's root and others before that user is mapped, as the host's root without
// its rights over foreign files; so for that time, and only then, the group is the container's root's and may
// read.
Result<void> close_dump(const std::string& dump);
Result<void> open_dump_to(const std::string& dump, unsigned gid);

inline constexpr const char* kDumpInfoFile = "vzdump.info";

Result<void> write_dump_info(const std::string& dump, const DumpInfo& info);
// Not there or not readable: "… is not a complete dump", exit code restore. It is written last, so its
// absence tells a dump that was interrupted.
Result<DumpInfo> read_dump_info(const std::string& dump);

}  // namespace vz
