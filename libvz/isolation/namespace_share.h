#pragma once

#include <sys/resource.h>

#include <array>

namespace vz {

// A user namespace is bound by what its maker may have of queued signals and message queues (the soft
// limits). The kernel counts these for the owner of the namespace too, which is the host's root for every
// container. So who makes one for a container has half, and the host's own processes keep the other half,
// whatever all containers do. Source: kernel/user_namespace.c and kernel/ucount.c, since 5.14.
using NamespaceShare = std::array<rlimit, 2>;

// Halves the soft limits of the calling process; comes back with what they were.
NamespaceShare take_half_share();
void give_back_share(const NamespaceShare& before);

}  // namespace vz
