#pragma once

#include <sys/types.h>

#include "libvz/config/global_config.h"
#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// A container's /dev/console. A process beside vzmonitor, its console server, holds the master for as long as
// init lives, throws away what nobody reads, and lets `vzctl console` in through the socket
// /run/vz/CTID/console.

// Starts the server. master: of the console; none: the container gets a new one (the old one's programs see a
// hangup). The container may stand still.
Result<void> serve_console(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                           Fd master);

// vzctl console: connects the caller's terminal until ESC . is typed at the beginning of a line, or standard
// input ends. While the container does not run, it waits for it to run; a container that is gone is the end.
Result<void> attach_console(const GlobalConfig& global, const ContainerConfig& config);

}  // namespace vz
