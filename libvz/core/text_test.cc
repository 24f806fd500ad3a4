#include "libvz/core/text.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Text, SplitsAtAnySeparatorAndLeavesEmptyPartsOut) {
  EXPECT_THAT(split("  a, b,,c ", " ,"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split(" ,, ", " ,"), IsEmpty());
  EXPECT_THAT(split("", " "), IsEmpty());
  EXPECT_THAT(split("whole", ""), ElementsAre("whole"));
}

TEST(Text, JoinsWithTheSeparatorBetween) {
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Text, TrimsBlanksOnBothSidesOnly) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, TakesOnlyAWholeNumber) {
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_unsigned("ff", 16), 255U);
  for (const char* text : {"", " 1", "1 ", "1x", "+1", "0x1", "--1", "9223372036854775808"}) {
    EXPECT_FALSE(parse_int(text)) << text;
  }
  for (const char* text : {"-1", "18446744073709551616"}) EXPECT_FALSE(parse_unsigned(text)) << text;
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615ULL);
}

}  // namespace
}  // namespace vz
