#include "tools/vztop/sample.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vz {
namespace {

TEST(TopSample, AProcessMayCallItselfAnything) {
  const auto process =
      parse_process_stat("42 (a) (b c\n) S 1 42 42 0 -1 4194560 0 0 0 0 150 50 0 0 20 -5 3 0 777 0 0 0\n",
                         "100 20 5 1 0 9 0\n", 4096);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, 42);
  EXPECT_EQ(process->command, "a) (b c?");
  EXPECT_EQ(process->state, 'S');
  EXPECT_EQ(process->priority, 20);
  EXPECT_EQ(process->nice, -5);
  EXPECT_EQ(process->ticks, 200U);
  EXPECT_EQ(process->start, 777U);
  EXPECT_EQ(process->virtual_kb, 400U);
  EXPECT_EQ(process->resident_kb, 80U);
  EXPECT_EQ(process->shared_kb, 20U);
}

TEST(TopSample, WhatIsNoProcessIsNone) {
  for (const char* text : {"", "42", "42 (a", "42 a) S", ")(", "42 (a) S 1 2 3"})
    EXPECT_FALSE(parse_process_stat(text, "", 4096)) << text;
}

TEST(TopSample, HostFilesAreRead) {
  const CpuTimes times = parse_cpu_times("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1 1\n");
  EXPECT_EQ(times.nice, 2U);
  EXPECT_EQ(times.system, 3U);
  EXPECT_EQ(times.sum(), 36U);
  EXPECT_EQ(parse_cpu_times("nonsense").sum(), 0U);
  EXPECT_EQ(parse_host_memory("MemTotal:       1024 kB\nx\nHugePages: 3\n").at("MemTotal"), 1024U);
}

TEST(TopSample, OnesOwnProcessIsAmongThoseOfTheHost) {
  const auto mine = [](const TopSample& sample) {
    return std::any_of(sample.processes.begin(), sample.processes.end(),
                       [](const TopProcess& each) { return each.pid == getpid() && each.uid == getuid(); });
  };
  const TopSample all = take_sample(std::nullopt);
  EXPECT_TRUE(mine(all));
  EXPECT_GT(all.uptime, 0);
  EXPECT_FALSE(mine(take_sample(2147483644)));
}

}  // namespace
}  // namespace vz
