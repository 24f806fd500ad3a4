#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/core/undo.h"

namespace vz {

// VE_PRIVATE and VE_ROOT are set (exit codes private_not_set, root_not_set) and VE_PRIVATE exists
// (no_private).
Result<void> check_areas(const ContainerConfig& config);

// premount scripts, mount of the private area on VE_ROOT, mount scripts; "Container is mounted". Mounted
// already: an error message and success. A failing mount script unmounts again.
Result<void> mount_container(const GlobalConfig& global, const ContainerConfig& config);

// umount scripts, unmount of everything on VE_ROOT, postumount scripts; "Container is unmounted". Not
// mounted: exit code not_mounted; running: running.
Result<void> umount_container(const GlobalConfig& global, const ContainerConfig& config);

// As mount_container(), registering the unmount (without scripts failing it) as undo.
Result<void> mount_for_run(const GlobalConfig& global, const ContainerConfig& config, bool skip_remount,
                           UndoStack& undo);

// Mounts the private area on VE_ROOT without action scripts, if it is not mounted; undo unmounts.
Result<void> mount_without_scripts(const ContainerConfig& config, UndoStack& undo);

}  // namespace vz
