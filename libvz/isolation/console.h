#pragma once

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// Makes a pseudo-terminal of the container's own devpts its /dev/console and returns the master. The caller
// is in the container's mount and user namespaces. A console that is there already is replaced.
//
// It is the container's own, so that a dump holds it like everything else inside; the master, which is
// outside, comes back from the checkpoint engine (is_console_master()).
Result<Fd> make_console();

// Among the masters that the engine gives back: the console's. It is the first terminal that a container ever
// has.
bool is_console_master(int fd);

}  // namespace vz
