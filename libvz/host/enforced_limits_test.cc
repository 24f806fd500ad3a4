#include "libvz/host/enforced_limits.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/config/values.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

class EnforcedLimitsTest : public testing::Test {
 protected:
  void group(const std::string& file, const std::string& text) const {
    files_.write("cgroup/vz/101/" + file, text);
  }
  EnforcedLimits read(bool v2) const {
    return read_enforced_limits(
        {{{.mount_point = files_ / "cgroup", .controllers = {"memory", "pids", "cpu"}, .v2 = v2}}}, 101);
  }
  TestDirectory files_;
  std::uint64_t page_ = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
};

TEST_F(EnforcedLimitsTest, AreReadFromTheUnifiedHierarchy) {
  group("memory.max", std::to_string(100 * page_) + "\n");
  group("memory.swap.max", "max\n");
  group("pids.max", "40\n");
  group("cpu.max", "50000 100000\n");
  group("cpu.weight", "25\n");
  const auto limits = read(true);
  EXPECT_EQ(limits.memory_pages, 100U);
  EXPECT_EQ(limits.swap_pages, kUnlimited);
  EXPECT_EQ(limits.processes, 40U);
  EXPECT_EQ(limits.cpu_percent, 50U);
  EXPECT_EQ(limits.cpu_units, 250U);
  group("cpu.max", "max 100000\n");
  EXPECT_EQ(read(true).cpu_percent, 0U);
}

TEST_F(EnforcedLimitsTest, AreReadFromHierarchiesOfVersionOne) {
  group("memory.limit_in_bytes", std::to_string(100 * page_) + "\n");
  group("memory.memsw.limit_in_bytes", std::to_string(130 * page_) + "\n");
  group("pids.max", "max\n");
  group("cpu.cfs_quota_us", "150000\n");
  group("cpu.cfs_period_us", "100000\n");
  group("cpu.shares", "256\n");
  const auto limits = read(false);
  EXPECT_EQ(limits.memory_pages, 100U);
  EXPECT_EQ(limits.swap_pages, 30U);
  EXPECT_EQ(limits.processes, kUnlimited);
  EXPECT_EQ(limits.cpu_percent, 150U);
  EXPECT_EQ(limits.cpu_units, 250U);
}

TEST_F(EnforcedLimitsTest, TheLargestNumberOfVersionOneIsUnlimited) {
  group("memory.limit_in_bytes", "9223372036854771712\n");
  group("memory.memsw.limit_in_bytes", "9223372036854771712\n");
  group("cpu.cfs_quota_us", "-1\n");
  const auto limits = read(false);
  EXPECT_EQ(limits.memory_pages, kUnlimited);
  EXPECT_EQ(limits.swap_pages, kUnlimited);
  EXPECT_EQ(limits.cpu_percent, 0U);
}

TEST_F(EnforcedLimitsTest, WhatNothingEnforcesIsNotSet) {
  const auto limits = read(true);
  EXPECT_EQ(limits.memory_pages, std::nullopt);
  EXPECT_EQ(limits.processes, std::nullopt);
  EXPECT_EQ(limits.cpu_percent, std::nullopt);
}

}  // namespace
}  // namespace vz
