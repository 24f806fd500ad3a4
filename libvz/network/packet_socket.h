#pragma once

#include <string>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// A raw Ethernet socket on one interface of the thread's network namespace. protocol: the EtherType to
// receive, in host order; 0 for sending only.
Result<Fd> open_packet_socket(int ifindex, unsigned protocol);

Result<void> send_frame(int socket, const std::string& frame);

}  // namespace vz
