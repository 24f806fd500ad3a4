#include "libvz/network/loopback.h"

#include "libvz/network/netlink.h"

namespace vz {

namespace {

constexpr int kLoopbackIndex = 1;  // in every network namespace

}  // namespace

Result<void> stop_loopback(int netns_fd) {
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  return inside.drop_all(kLoopbackIndex, true);
}

Result<void> let_loopback_pass(int netns_fd) {
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns_fd));
  return inside.drop_all(kLoopbackIndex, false);
}

}  // namespace vz
