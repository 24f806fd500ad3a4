#pragma once

#include <set>

#include "libvz/config/values.h"
#include "libvz/core/result.h"

namespace vz {

// The capabilities (linux/capability.h) that a container's processes may ever have: the default set of its
// kind of container, changed by CAPABILITY. With a user namespace they hold only over the container's own
// resources, so more is given than without one.
std::set<unsigned> container_capabilities(bool own_user_namespace, const CapabilityChanges& changes);

// Drops all others from the calling process's bounding, inheritable, ambient, permitted and effective sets.
// Exit code set_capability.
Result<void> limit_capabilities(const std::set<unsigned>& allowed);

}  // namespace vz
