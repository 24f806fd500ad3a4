#include "libvz/host/user_beancounters.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using testing::HasSubstr;
using enum Beancounter;

constexpr const char* kText =
    "Version: 2.5\n"
    "       uid  resource                     held              maxheld              barrier                "
    "limit"
    "              failcnt\n"
    "      101:  kmemsize                  7839744              8798208  9223372036854775807  "
    "9223372036854775807                    0\n"
    "            lockedpages                     0                    8                65536                "
    "65536"
    "                    3\n";

TEST(UserBeancounters, AreWrittenAsTheKernelDoes) {
  Beancounters values;
  values[kmemsize] = {.held = 7839744, .max_held = 8798208, .failures = 0};
  values[lockedpages] = {.held = 0, .max_held = 8, .barrier = 65536, .limit = 65536, .failures = 3};
  values[shmpages] = {.held = 5};
  const std::string text = user_beancounters_text(std::vector<ContainerBeancounters>{{101, values}});
  EXPECT_THAT(text, testing::StartsWith(kText));
  EXPECT_THAT(text, HasSubstr("\n            shmpages                        5                    5  "
                              "9223372036854775807  9223372036854775807                    0\n"
                              "            dummy                           0                    0"
                              "                    0                    0                    0\n"
                              "            numproc  "));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2 + 25);
}

TEST(UserBeancounters, WhatIsWrittenIsReadBack) {
  ContainerBeancounters first{0, {}};
  ContainerBeancounters second{2147483644, {}};
  std::uint64_t number = 1;
  for (auto* container : {&first, &second}) {
    for (size_t i = 0; i < kBeancounters; ++i) {
      container->values[static_cast<Beancounter>(i)] = {number, number + 1, number + 2, kUnlimited,
                                                        number + 3};
      number += 5;
    }
  }
  const std::vector<ContainerBeancounters> both{first, second};
  const auto read = parse_user_beancounters(user_beancounters_text(both));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].ctid, both[i].ctid);
    EXPECT_EQ((*read)[i].values, both[i].values);
  }
}

TEST(UserBeancounters, OfNoContainerAreAHeader) {
  const std::string text = user_beancounters_text({});
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  const auto read = parse_user_beancounters(text);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST(UserBeancounters, NarrowColumnsOfA32BitKernelAreReadToo) {
  const auto read = parse_user_beancounters(
      "Version: 2.5\n"
      "       uid  resource           held    maxheld    barrier      limit    failcnt\n"
      "       123: kmemsize         836919    1005343    2752512    2936012          0\n"
      "            somethingnew          1          1          1          1          1\n"
      "            dummy                 0          0          0          0          0\n");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().ctid, 123U);
  EXPECT_EQ(read->front().values[kmemsize], (BeancounterValues{836919, 1005343, 2752512, 2936012, 0}));
}

TEST(UserBeancounters, WhatIsNoneIsRefusedWithItsLine) {
  const auto error = [](const std::string& text) {
    const auto read = parse_user_beancounters(text);
    return read ? std::string("read") : read.error().text();
  };
  EXPECT_THAT(error(""), HasSubstr("line 1: expecting \"Version: 2.5\""));
  EXPECT_THAT(error("Version: 2.4\n"), HasSubstr("line 1"));
  EXPECT_THAT(error("Version: 2.5\nkmemsize 1 2 3 4 5\n"), HasSubstr("line 2: a resource before"));
  EXPECT_THAT(error("Version: 2.5\n101: kmemsize 1 2 3 4\n"),
              HasSubstr("line 2: expecting a resource and five"));
  EXPECT_THAT(error("Version: 2.5\n101: kmemsize 1 2 3 4 -5\n"), HasSubstr("five numbers"));
  EXPECT_THAT(error("Version: 2.5\n101:\n"), HasSubstr("five numbers"));
  EXPECT_THAT(error("Version: 2.5\nx: kmemsize 1 2 3 4 5\n"), HasSubstr("a container's number"));
  EXPECT_THAT(error("Version: 2.5\n99999999999: kmemsize 1 2 3 4 5\n"), HasSubstr("a container's number"));
}

}  // namespace
}  // namespace vz
