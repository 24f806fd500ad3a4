#pragma once

#include <sys/types.h>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// The ids 0..count-1 inside are those from the bases on outside.
struct IdMaps {
  unsigned uid_base = 0;
  unsigned gid_base = 0;
  unsigned count = 0;
};

// Of a process that has just made its user namespace; may be done once (user_namespaces(7)).
Result<void> write_id_maps(pid_t pid, const IdMaps& maps);

// A user namespace that lives as long as its descriptor or a process in it. Needs CAP_SYS_ADMIN, CAP_SETUID
// and CAP_SETGID.
Result<Fd> make_user_namespace(const IdMaps& maps);

}  // namespace vz
