#include "libvz/network/packet_hold.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

TEST(PacketHoldTest, HoldsNothingForAContainerWithoutAddresses) {
  auto hold = PacketHold::start({}, PacketHold::Direction::to_container);
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->release(), 0U);
}

}  // namespace
}  // namespace vz
