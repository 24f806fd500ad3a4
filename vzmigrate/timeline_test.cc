#include "vzmigrate/timeline.h"

#include <gmock/gmock.h>

#include <thread>

namespace vz {
namespace {

using namespace std::chrono_literals;

TEST(Timeline, ReportsAPhaseALine) {
  Timeline timeline;
  timeline.add("First rsync", 12345ms, false);
  timeline.add("Second rsync (meanwhile)", 67ms, true);
  EXPECT_EQ(timeline.report(),
            "               First rsync:  12.345\n"
            "  Second rsync (meanwhile):   0.067 *\n"
            "  ------------------------------------\n"
            "      Total suspended time:   0.000 *\n");
}

TEST(Timeline, APhaseEndsWhereTheNextBegins) {
  Timeline timeline;
  timeline.begin("one");
  timeline.begin("two");
  EXPECT_THAT(timeline.report(), testing::ContainsRegex(" one: +0\\.0"));
  EXPECT_THAT(timeline.report(), testing::Not(testing::HasSubstr("two"))) << "it goes on";
  timeline.end();
  timeline.end();
  EXPECT_THAT(timeline.report(), testing::ContainsRegex(" one: .*\n +two: +0\\.0[0-9]+\n  ---"));
}

TEST(Timeline, CountsTheTimeOfTheFreeze) {
  Timeline timeline;
  timeline.begin("Before");
  timeline.begin("Suspend");
  timeline.frozen();
  std::this_thread::sleep_for(20ms);
  timeline.begin("Clean up");
  timeline.thawed();
  const auto frozen = timeline.frozen_time();
  EXPECT_GE(frozen, 20ms);
  timeline.thawed();
  EXPECT_EQ(timeline.frozen_time(), frozen) << "it is thawed once";
  timeline.end();
  EXPECT_THAT(timeline.report(),
              testing::ContainsRegex("Before: +[0-9.]+\n +Suspend: +[0-9.]+ \\*\n +Clean up: +[0-9.]+\n"));
}

}  // namespace
}  // namespace vz
