#pragma once

#include <string>

#include "libvz/core/result.h"
#include "libvz/distro/dist_scripts.h"

namespace vz {

// Runs POST_CREATE on a container that has been created but never started. vzctl 4.x executed it on the host,
// with the path of the new root in VE_ROOT; what a template holds could then lead it anywhere by symbolic
// links. Here the container's own shell reads it from its standard input, with the container's root as root
// directory, in fresh pid, mount, network, IPC and UTS namespaces and, if uid_base is not 0, in a user
// namespace with the container's ids. VE_ROOT is "/". Without uid_base it keeps only the capabilities over
// files.
//
// root: the mounted root (VE_ROOT), owners shifted. No script: nothing happens. Failing: exit code
// action_script.
Result<void> run_post_create(const DistScripts& dist, const std::string& root, unsigned uid_base,
                             unsigned gid_base, unsigned count);

}  // namespace vz
