#include "tools/vzubc/table.h"

#include <gmock/gmock.h>

#include <map>

#include "tools/running_beancounters.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum Beancounter;

ContainerBeancounters container(Ctid ctid) {
  ContainerBeancounters out;
  out.ctid = ctid;
  out.values[kmemsize] = {
      .held = 7839744, .max_held = 8798208, .barrier = 14372700, .limit = 14790164, .failures = 0};
  out.values[numproc] = {.held = 8, .max_held = 40, .barrier = 50, .limit = 50, .failures = 0};
  out.values[physpages] = {.held = 10, .max_held = 10, .barrier = 0, .limit = 65536, .failures = 0};
  out.values[shmpages] = {
      .held = 5, .max_held = 9, .barrier = kUnlimited, .limit = kUnlimited, .failures = 0};
  return out;
}

class UbcTable : public testing::Test {
 protected:
  std::string tables(const UbcView& view, const std::vector<ContainerBeancounters>& containers) {
    return ubc_tables(view, containers, memory_);
  }
  static std::string key(Ctid ctid, std::string_view name, const char* kind) {
    return std::to_string(ctid) + std::string(name) + kind;
  }
  std::map<std::string, std::uint64_t> kept_;
  UbcMemory memory_{
      .recall = [this](Ctid ctid, std::string_view name, const char* kind) -> std::optional<std::uint64_t> {
        const auto found = kept_.find(key(ctid, name, kind));
        return found == kept_.end() ? std::nullopt : std::optional(found->second);
      },
      .keep = [this](Ctid ctid, std::string_view name, const char* kind,
                     std::uint64_t value) { kept_[key(ctid, name, kind)] = value; }};
};

TEST_F(UbcTable, ARowForEachResourceThatHasALimit) {
  EXPECT_EQ(tables({}, {container(101)}),
            "-------------------------------------------------------------------\n"
            "CT 101       | HELD  Bar%  Lim%| MAXH  Bar%  Lim%| BAR | LIM | FAIL\n"
            "-------------+-----------------+-----------------+-----+-----+-----\n"
            "     kmemsize|7.48M   54%   53%|8.39M   61%   59%|13.7M|14.1M|    - \n"
            "      numproc|   8    16%   16%|  40    80%   80%|  50 |  50 |    - \n"
            "    physpages|  40K    -  0.02%|  40K    -  0.02%|   - | 256M|    - \n"
            "-------------------------------------------------------------------\n");
}

TEST_F(UbcTable, ContainersAreApartAndNothingGivesNothing) {
  const std::string text = tables({}, {container(101), container(102)});
  EXPECT_THAT(
      text,
      HasSubstr("|    - \n\n-------------------------------------------------------------------\nCT 102 "));
  EXPECT_EQ(tables({}, {}), "");
  EXPECT_EQ(tables({.quiet = true}, {ContainerBeancounters{.ctid = 101, .values = {}}}), "");
}

TEST_F(UbcTable, VerboseShowsTheUnlimitedToo) {
  EXPECT_THAT(tables({}, {container(101)}), Not(HasSubstr("shmpages")));
  EXPECT_THAT(tables({.verbose = true}, {container(101)}),
              HasSubstr("     shmpages|  20K    -     - |  36K    -     - |   - |   - |    - \n"));
}

TEST_F(UbcTable, QuietShowsWhatIsCloseOrWasRefused) {
  ContainerBeancounters each = container(101);
  EXPECT_THAT(tables({.quiet = true}, {each}), Not(HasSubstr("numproc")));
  EXPECT_THAT(tables({.quiet = true}, {each}), HasSubstr("kmemsize"));  // more than half of it is held
  EXPECT_THAT(tables({.quiet = true, .max_held_ratio = 0.79}, {each}), HasSubstr("numproc"));
  EXPECT_EQ(tables({.quiet = true, .held_ratio = 0.6}, {each}), "");
  each.values[numproc].failures = 2000;
  EXPECT_THAT(tables({.quiet = true, .held_ratio = 0.6}, {each}),
              HasSubstr("numproc|   8    16%   16%|  40    80%   80%|  50 |  50 | 1.95K\n"));
  // Where there is no barrier the limit counts.
  each.values[physpages].held = 60000;
  EXPECT_THAT(tables({.quiet = true}, {each}), HasSubstr("physpages"));
}

TEST_F(UbcTable, RelativeCountsRefusalsSinceTheLastTime) {
  ContainerBeancounters each = container(101);
  each.values[numproc].failures = 5;
  EXPECT_THAT(tables({.relative = true}, {each}), HasSubstr("|+FAIL\n"));
  each.values[numproc].failures = 7;
  EXPECT_THAT(tables({.relative = true}, {each}), HasSubstr("|  50 |    2 \n"));
  EXPECT_THAT(tables({.relative = true}, {each}), HasSubstr("|  50 |    - \n"));
  // Started again meanwhile.
  each.values[numproc].failures = 3;
  EXPECT_THAT(tables({.relative = true}, {each}), HasSubstr("|  50 |    3 \n"));
}

TEST_F(UbcTable, IncrementalShowsTheChangeOfWhatIsHeld) {
  ContainerBeancounters each = container(101);
  EXPECT_THAT(tables({.incremental = true}, {each}), HasSubstr("| HELD  +/-    Bar%  Lim%| MAXH"));
  each.values[numproc].held = 5;
  each.values[shmpages].held = 2000;
  const std::string text = tables({.quiet = true, .incremental = true}, {each});
  EXPECT_THAT(text, HasSubstr("      numproc|   5     -3    10%   10%|"));
  EXPECT_THAT(text, HasSubstr("     shmpages|7.81M +7.79M    -     - |"));
  EXPECT_THAT(tables({.incremental = true}, {each}), HasSubstr("      numproc|   5           10%   10%|"));
}

TEST_F(UbcTable, ColoursSayHowBadItIs) {
  ContainerBeancounters each = container(101);
  each.values[numproc].failures = 1;
  const std::string text = tables({.color = true}, {each});
  EXPECT_THAT(text, HasSubstr("\033[1;33m     kmemsize|"));
  EXPECT_THAT(text, HasSubstr("\033[1;31m      numproc|"));
  EXPECT_THAT(text, HasSubstr("\033[0;39m    physpages|"));
}

TEST(ShortAmount, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(short_amount(0, false), "- ");
  EXPECT_EQ(short_amount(kUnlimited, false), "- ");
  EXPECT_EQ(short_amount(2147483647, true), "- ");
  EXPECT_EQ(short_amount(1, false), "1 ");
  EXPECT_EQ(short_amount(1023, false), "1023 ");
  EXPECT_EQ(short_amount(1024, false), "1K");
  EXPECT_EQ(short_amount(1536, false), "1.5K");
  EXPECT_EQ(short_amount(1 << 30, false), "1G");
  EXPECT_EQ(short_amount(std::uint64_t{1} << 62, false), "4E");
  EXPECT_EQ(short_percent(1, 0, 2), "- ");
  EXPECT_EQ(short_percent(0, 5, 2), "- ");
  EXPECT_EQ(short_percent(1, 30, 2), "3.3%");
  EXPECT_EQ(short_percent(1, 30, 1), "3%");
  EXPECT_EQ(short_percent(99.99, 100, 1), "100%");
  EXPECT_EQ(short_percent(599, 1000, 1), "59%");
}

}  // namespace
}  // namespace vz
