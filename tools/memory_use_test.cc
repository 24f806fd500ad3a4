#include "tools/memory_use.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vz {
namespace {

using enum Beancounter;

const auto kPage = static_cast<double>(sysconf(_SC_PAGESIZE));

TEST(MemoryUse, KernelMemoryAndNetworkBuffersCountEverywhere) {
  Beancounters values;
  for (const auto each : {kmemsize, tcprcvbuf, tcpsndbuf, dgramrcvbuf, othersockbuf}) values[each].held = 100;
  values[physpages].held = 10;
  values[oomguarpages].held = 20;
  values[privvmpages].held = 30;
  const MemoryUse use = memory_held(values);
  EXPECT_EQ(use.low, 500);
  EXPECT_EQ(use.ram, 500 + 10 * kPage);
  EXPECT_EQ(use.ram_swap, 500 + 20 * kPage);
  EXPECT_EQ(use.allocated, 500 + 30 * kPage);
  EXPECT_EQ(memory_held(Beancounters()).allocated, 0);
}

TEST(MemoryUse, ClassicLimitsAreAddedUp) {
  Beancounters limits;
  limits[kmemsize] = {.barrier = 1, .limit = 1000};
  limits[tcpsndbuf] = {.barrier = 1, .limit = kUnlimited};  // promises nothing
  limits[oomguarpages] = {.barrier = 10, .limit = kUnlimited};
  limits[vmguarpages] = {.barrier = 20, .limit = kUnlimited};
  limits[privvmpages] = {.barrier = 1, .limit = 30};
  limits[physpages] = {.barrier = 0, .limit = kUnlimited};
  const HostMemory host{.ram = 1 << 30, .swap = 1 << 20, .low = 1 << 30};
  const MemoryCommitment commitment = memory_commitment(limits, host);
  EXPECT_EQ(commitment.low, 1000);
  EXPECT_EQ(commitment.ram_swap, 1000 + 10 * kPage);
  EXPECT_EQ(commitment.allocated, 1000 + 20 * kPage);
  EXPECT_EQ(commitment.allocation_limit, 1000 + 30 * kPage);
  limits[privvmpages].limit = kUnlimited;
  EXPECT_EQ(memory_commitment(limits, host).allocation_limit, (1 << 30) + (1 << 20));
}

TEST(MemoryUse, VswapLimitsTakeTheirPlace) {
  Beancounters limits;
  limits[physpages] = {.barrier = 0, .limit = 100};
  limits[swappages] = {.barrier = 0, .limit = 50};
  const MemoryCommitment commitment = memory_commitment(limits, HostMemory{});
  EXPECT_EQ(commitment.ram_swap, 100 * kPage);
  EXPECT_EQ(commitment.allocated, 150 * kPage);
  EXPECT_EQ(commitment.allocation_limit, 150 * kPage);
}

TEST(MemoryUse, ContainersMayHaveTwoFifthsOfLowMemory) {
  EXPECT_DOUBLE_EQ(low_for_containers({.ram = 1, .swap = 1, .low = 1000}), 400);
}

}  // namespace
}  // namespace vz
