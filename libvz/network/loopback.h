#pragma once

#include "libvz/core/result.h"

namespace vz {

// While sockets are put back one by one, what one end of a connection inside the container sends to the other
// would meet a kernel that does not know the connection yet and answers RST. So lo drops everything meanwhile
// (a queue too short for any packet), as the gate (gate.h) does at the container's other interfaces.

Result<void> stop_loopback(int netns_fd);
// Not stopped: fine.
Result<void> let_loopback_pass(int netns_fd);

}  // namespace vz
