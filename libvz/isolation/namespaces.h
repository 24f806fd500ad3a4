#pragma once

#include <sys/types.h>

#include <functional>

#include "libvz/core/fd.h"
#include "libvz/core/process.h"
#include "libvz/core/result.h"

namespace vz {

// How many ids a container's user namespace has: 0..65535, as a Debian or Red Hat user land expects.
inline constexpr unsigned kIdCount = 65536;

// Which user namespace a container gets. base 0: none.
struct UserMapping {
  unsigned uid_base = 0;
  unsigned gid_base = 0;
  bool own_namespace() const { return uid_base != 0; }
};

// Starts the first process of a container in new pid, mount, net, uts, ipc, cgroup-less and time namespaces,
// and in a new user namespace if the mapping asks for one. The process runs body, which never returns to the
// caller's code, and is a direct child of the caller (who reaps it). The time namespace's monotonic and boot
// clocks start at zero. The id maps are written when body starts; its ids are still those of the caller, see
// become_root_inside().
Result<pid_t> clone_container_init(const UserMapping& mapping, const std::function<int()>& body);

// Makes the caller's later children and itself members of all of a container's namespaces (setns(2) with a
// pidfd); for pid and time only the children. Takes root's ids inside if there is a user namespace.
Result<void> join_namespaces(int init_pidfd, const UserMapping& mapping);

// root inside: uid, gid and groups 0.
Result<void> become_root_inside();

// Runs body in the network namespace of a process, the rest unchanged, in a child.
Result<void> in_network_namespace(pid_t pid, const std::function<Result<void>()>& body);

}  // namespace vz
