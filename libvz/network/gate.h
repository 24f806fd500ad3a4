#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// Between the moment when a container's address answers and the moment when CRIU has put its sockets back, a
// packet of an open connection meets a kernel that does not know the connection and answers RST. So all
// traffic of a container is stopped at its host ends from before the freeze until after the restore.
//
// The gate is a set of interface names in an nftables table of our own: routes, proxy neighbours, bridge
// ports and the carrier inside stay as they are, so a failed dump leaves no trace; and a name can be gated
// before the interface exists, which covers the time between CRIU creating the host end and the sockets being
// restored.

// Drops everything that enters from or leaves to these host interfaces, routed or bridged. Closed ones stay
// closed. Takes well under a millisecond; nft is started only if the tables are not there (first use since
// the host's start).
Result<void> close_gate(const std::vector<std::string>& host_ifnames);
// Lets traffic pass again. What is not gated is fine. Never starts a process.
Result<void> open_gate(const std::vector<std::string>& host_ifnames);

}  // namespace vz
