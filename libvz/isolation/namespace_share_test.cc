#include "libvz/isolation/namespace_share.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

rlim_t signals() {
  rlimit limit{};
  getrlimit(RLIMIT_SIGPENDING, &limit);
  return limit.rlim_cur;
}

TEST(NamespaceShare, IsHalfOfWhatTheProcessMayHaveUntilItIsGivenBack) {
  const rlim_t before = signals();
  if (before == RLIM_INFINITY) GTEST_SKIP() << "this process has no limit of queued signals";
  const NamespaceShare share = take_half_share();
  EXPECT_EQ(signals(), before / 2);
  give_back_share(share);
  EXPECT_EQ(signals(), before);
}

}  // namespace
}  // namespace vz
