#include "libvz/isolation/namespace_share.h"

#include <cstddef>

namespace vz {

namespace {

constexpr std::array kShared = {RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE};

}  // namespace

NamespaceShare take_half_share() {
  NamespaceShare before{};
  for (size_t i = 0; i < kShared.size(); ++i) {
    getrlimit(kShared[i], &before[i]);
    const rlimit half{before[i].rlim_cur / 2, before[i].rlim_max};
    if (before[i].rlim_cur != RLIM_INFINITY) setrlimit(kShared[i], &half);
  }
  return before;
}

void give_back_share(const NamespaceShare& before) {
  for (size_t i = 0; i < kShared.size(); ++i) setrlimit(kShared[i], &before[i]);
}

}  // namespace vz
