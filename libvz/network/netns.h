#pragma once

#include <functional>

#include "libvz/core/result.h"

namespace vz {

// Runs the function in another network namespace, on a thread that ends with it: the caller's own namespace
// does not change, and sockets that the function makes stay in the other one. Error: netdev, when it cannot
// be entered.
Result<void> run_in_netns(int netns_fd, const std::function<Result<void>()>& body);

}  // namespace vz
