#include "tools/vztop/view.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using testing::ElementsAre;

TopSample sample(double uptime, std::uint64_t busy) {
  TopSample out;
  out.uptime = uptime;
  out.load = "0.10, 0.20, 0.30";
  out.cpu = {.user = busy, .idle = 1000};
  out.memory = {{"MemTotal", 1048576}, {"MemFree", 524288}, {"Cached", 262144}};
  out.processes = {{.pid = 1,
                    .ctid = 0,
                    .uid = 0,
                    .state = 'S',
                    .priority = 20,
                    .nice = 0,
                    .ticks = 100,
                    .start = 0,
                    .virtual_kb = 2000,
                    .resident_kb = 1000,
                    .shared_kb = 500,
                    .command = "init"},
                   {.pid = 500,
                    .ctid = 101,
                    .uid = 100000,
                    .state = 'R',
                    .priority = -100,
                    .nice = -20,
                    .ticks = busy,
                    .start = 1000,
                    .virtual_kb = 123456789,
                    .resident_kb = 524288,
                    .shared_kb = 0,
                    .command = "worker"}};
  return out;
}

TopView view() {
  TopView out;
  out.user_name = [](uid_t uid) { return uid == 0 ? std::string("root") : "a-long-user-name"; };
  return out;
}

std::tm noon() {
  std::tm time{};
  time.tm_hour = 12;
  return time;
}

TEST(TopView, AScreenHasTheHostAndARowForEachProcess) {
  EXPECT_THAT(
      top_lines(view(), sample(93784, 500), nullptr, noon()),
      ElementsAre("vztop - 12:00:00 up 1 days, 2:03,  load average: 0.10, 0.20, 0.30",
                  "Tasks:   2 total,   1 running,   1 sleeping,   0 stopped,   0 zombie",
                  "%Cpu(s): 33.3 us,  0.0 sy,  0.0 ni, 66.7 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st",
                  "MiB Mem :   1024.0 total,    512.0 free,    256.0 used,    256.0 buff/cache",
                  "MiB Swap:      0.0 total,      0.0 free,      0.0 used.      0.0 avail Mem", "",
                  "      CTID     PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
                  "       101     500 a-long-+  rt -20  117.7g 524288      0 R   0.0  50.0   0:05.00 worker",
                  "         0       1 root      20   0    2000   1000    500 S   0.0   0.1   0:01.00 init"));
}

TEST(TopView, SharesOfTheCpuAreThoseSinceTheLookBefore) {
  const TopSample first = sample(1000, 500);
  const TopSample second = sample(1010, 1000);  // 5 s of CPU time in 10 s
  const auto lines = top_lines(view(), second, &first, noon());
  EXPECT_THAT(lines[2], testing::StartsWith("%Cpu(s): 100.0 us"));
  EXPECT_THAT(lines[7], testing::HasSubstr(" R  50.0 "));
}

TEST(TopView, AProcessThatTookOverANumberIsAnotherOne) {
  TopSample first = sample(1000, 500);
  first.processes[1].start = 5;
  const auto lines = top_lines(view(), sample(1010, 100000), &first, noon());
  EXPECT_THAT(lines[7], testing::HasSubstr(" R 100.0 "));  // 1000 s of the 1000 s that it lives
}

TEST(TopView, OrderIsByTheColumnAskedFor) {
  TopView ordered = view();
  const auto first_row = [&](const char* column) {
    ordered.order = *top_order(column);
    return top_lines(ordered, sample(100000, 50), nullptr, noon())[7].substr(0, 18);
  };
  EXPECT_EQ(first_row("PID"), "         0       1");
  EXPECT_EQ(first_row("CTID"), "         0       1");
  EXPECT_EQ(first_row("%MEM"), "       101     500");
  EXPECT_EQ(first_row("TIME+"), "         0       1");
  EXPECT_FALSE(top_order("BOGUS"));
}

}  // namespace
}  // namespace vz
