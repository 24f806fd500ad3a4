#pragma once

#include <cstddef>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// The packets of a container that a closed gate (gate.h) drops, kept beside it and sent on when it opens.
// Without that, either end of a TCP connection would only go on when its retransmission timer fires, which
// after a pause of a second may be a second or more later.
//
// The packets wait in the buffers of packet sockets; nothing runs meanwhile. What does not fit is lost as it
// would be without. A packet that is also delivered otherwise arrives twice, which IP allows. Only routed
// (venet) traffic is kept.
class PacketHold {
 public:
  enum class Direction { to_container, from_container };

  // From now on keeps what comes in on any interface to, or from, these addresses.
  static Result<PacketHold> start(const std::vector<IpAddress>& ips, Direction direction);

  // Sends on what was kept, by the routes that hold now, and keeps no more. Returns the number of packets.
  // Those that cannot be sent are lost.
  size_t release();

 private:
  struct Socket {
    Fd fd;
    int family;
  };
  std::vector<Socket> sockets_;
};

}  // namespace vz
