#include "libvz/network/traffic_counters.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

TEST(TrafficCounters, AreAddedUpOverTheTables) {
  const auto counts = parse_traffic_counts(
      "table inet vz {\n\tcounter sent_101_1 {\n\t\tpackets 5 bytes 300\n\t}\n"
      "\tcounter received_101_1 {\n\t\tpackets 7 bytes 700\n\t}\n}\n"
      "table bridge vz {\n\tcounter sent_101_1 {\n\t\tpackets 1 bytes 60\n\t}\n"
      "\tcounter sent_102_2 {\n\t\tpackets 2 bytes 84\n\t}\n}\n");
  const TrafficCounts expected = {{{101, 1}, {700, 7, 360, 6}}, {{102, 2}, {0, 0, 84, 2}}};
  EXPECT_EQ(counts, expected);
}

TEST(TrafficCounters, OfOthersAreLeftOut) {
  EXPECT_TRUE(parse_traffic_counts(
                  "table inet x {\n\tcounter web {\n\t\tpackets 5 bytes 300\n\t}\n\tcounter sent_x_1 "
                  "{\n\t\tpackets 5 bytes 300\n\t}\n}\n")
                  .empty());
  for (const char* text : {"", "counter", "packets 1 bytes 2", "counter sent_1_1 {\npackets x"})
    EXPECT_TRUE(parse_traffic_counts(text).empty()) << text;
}

}  // namespace
}  // namespace vz
