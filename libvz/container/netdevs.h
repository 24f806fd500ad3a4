#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// NETDEV: interfaces of the host that are in a container's network namespace while it runs.
//
// A network namespace that ends gives only hardware back, to the kernel's first namespace, and destroys other
// interfaces. So the container's is held by a mount (Paths::held_netns_of()) until they are fetched from
// there, however the container has ended and whoever was killed. Inside, an interface may be renamed; it is
// known by its index.

// Moves the interface into the container; it is down there, and without addresses. Not on this host, or one
// of a container's host ends: an error. Exit code netdev.
Result<void> give_netdev(const Paths& paths, Ctid ctid, pid_t init_pid, const std::string& name);

// Moves it back under its name, or another one if the host has given that away meanwhile (a warning); the
// container may have ended. One that is no more in the container is
// forgotten with a warning.
Result<void> take_back_netdev(const Paths& paths, Ctid ctid, const std::string& name);

// All that the container still has. After an error the others are tried as well. Without any: nothing.
Result<void> take_back_netdevs(const Paths& paths, Ctid ctid);

// Those that the container has now.
std::vector<std::string> given_netdevs(const Paths& paths, Ctid ctid);

// CRIU can make none of them again: an error that says what to do, as long as the container has any. Exit
// code checkpoint.
Result<void> require_no_netdevs(const Paths& paths, Ctid ctid);

}  // namespace vz
