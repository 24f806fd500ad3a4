#pragma once

#include "libvz/config/global_config.h"
#include "libvz/container/init.h"
#include "libvz/core/result.h"
#include "libvz/core/undo.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

// A container without init: namespaces, cgroup, limits, network and what the distribution's scripts set up. A
// first process waits in it, so programs can already run inside.
struct Environment {
  Cgroup cgroup;
  PreparedInit init;
};

// The container must be mounted on VE_ROOT, and nothing of an earlier one may be left. skip_setup: no limits,
// no network, no distribution scripts. What is made is gone when undo rolls back.
Result<Environment> make_environment(const GlobalConfig& global, const ContainerConfig& config,
                                     bool skip_setup, UndoStack& undo);

}  // namespace vz
