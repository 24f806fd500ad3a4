#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/fd.h"
#include "libvz/core/result.h"
#include "libvz/core/undo.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

// A container's first process before it is init: namespaces, cgroup and root file system are made, and it
// waits. Others can already enter (dist scripts, network). Killed by its undo until the stack is committed.
struct PreparedInit {
  pid_t pid = 0;
  Fd go;       // one byte: execute init
  Fd report;   // where the reason comes if that fails
  Fd console;  // master of its /dev/console
};

// The container's root must be mounted on VE_ROOT. device_directory: where the container's device nodes are
// to be mounted on the host. lxcfs: its directory, empty for none. Errors: environment_create and others of
// the steps.
Result<PreparedInit> prepare_init(const ContainerConfig& config, Cgroup& cgroup,
                                  const std::string& device_directory, const std::string& hostname,
                                  const std::string& lxcfs, UndoStack& undo);

// Lets it execute /sbin/init (/etc/init, /bin/init). None of them: "Unable to start init, probably incorrect
// template", exit code bad_template.
Result<void> execute_init(PreparedInit& init);

}  // namespace vz
