#include "libvz/network/netns.h"

#include <sched.h>

#include <thread>

namespace vz {

Result<void> run_in_netns(int netns_fd, const std::function<Result<void>()>& body) {
  Result<void> result;
  std::thread([&] {
    if (setns(netns_fd, CLONE_NEWNET) < 0) {
      result = fail_errno(ExitCode::netdev, "enter the container's network namespace");
    } else {
      result = body();
    }
  }).join();
  return result;
}

}  // namespace vz
