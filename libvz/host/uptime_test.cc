#include "libvz/host/uptime.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace vz {
namespace {

TEST(Uptime, CountsFromTheStartOfInit) {
  RunState state{.init_pid = getpid(), .init_start = process_start_time(getpid()).value()};
  const auto uptime = container_uptime(state);
  ASSERT_TRUE(uptime);
  EXPECT_GE(*uptime, 0.0);
  EXPECT_LT(*uptime, 60.0);
}

TEST(Uptime, OfAContainerWhoseInitIsGoneIsNotKnown) {
  RunState state{.init_pid = getpid(), .init_start = process_start_time(getpid()).value() + 1};
  EXPECT_EQ(container_uptime(state), std::nullopt);
}

}  // namespace
}  // namespace vz
