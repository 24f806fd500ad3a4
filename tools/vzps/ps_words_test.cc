#include "tools/vzps/ps_words.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PsWords read(const std::vector<std::string>& words) {
  auto result = read_ps_words(words);
  EXPECT_TRUE(result);
  return result.value_or(PsWords());
}

TEST(PsWords, TheContainerIsTakenOutWhereverItStands) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"-E", "101", "aux"}, std::vector<std::string>{"aux", "-E101"},
        std::vector<std::string>{"--veid", "101", "aux"}, std::vector<std::string>{"aux", "--veid=101"}}) {
    EXPECT_EQ(read(words).container, "101");
    EXPECT_THAT(read(words).words, ElementsAre("aux"));
  }
  EXPECT_FALSE(read_ps_words({"-E"}));
  EXPECT_FALSE(read_ps_words({"aux", "--veid="}));
}

TEST(PsWords, SelectionsAreSeenInEveryStyle) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"-e"}, std::vector<std::string>{"-lA"}, std::vector<std::string>{"ax"},
        std::vector<std::string>{"-p", "1"}, std::vector<std::string>{"--ppid", "1"},
        std::vector<std::string>{"--pid=1"}, std::vector<std::string>{"1,2"}}) {
    EXPECT_TRUE(read(words).selects) << words.front();
  }
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, std::vector<std::string>{"-f"}, std::vector<std::string>{"u"},
        std::vector<std::string>{"-o", "pid,args"}, std::vector<std::string>{"--sort", "pid"}}) {
    EXPECT_FALSE(read(words).selects);
  }
}

TEST(PsWords, HeadersAreLeftToUs) {
  PsWords options = read({"axh"});
  EXPECT_TRUE(options.no_header);
  EXPECT_THAT(options.words, ElementsAre("ax"));
  options = read({"h", "-e", "--no-headers"});
  EXPECT_TRUE(options.no_header);
  EXPECT_THAT(options.words, ElementsAre("-e"));
}

TEST(PsWords, OwnFormatsAreSeenAndNeedNoColumnOfOurs) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"-eo", "veid,pid,comm"}, std::vector<std::string>{"-e", "-opid,ctid,comm"},
        std::vector<std::string>{"axo", "pid,comm"},
        std::vector<std::string>{"ax", "--format", "pid,veid,comm"},
        std::vector<std::string>{"ax", "--format=pid,comm"}}) {
    const PsWords options = read(words);
    EXPECT_TRUE(options.own_format);
    EXPECT_THAT(options.words.back(), testing::EndsWith("pid,comm"));
  }
  EXPECT_THAT(read({"-eo", "veid"}).words, ElementsAre("-eo", "pid"));
  // The argument of another option.
  EXPECT_FALSE(read({"-C", "o"}).own_format);
  EXPECT_THAT(read({"-C", "h"}).words, ElementsAre("-C", "h"));
}

TEST(PsWords, HelpIsOurs) {
  EXPECT_TRUE(read({"--help"}).help);
  EXPECT_TRUE(read({"-h"}).help);
  EXPECT_THAT(read({}).words, IsEmpty());
}

TEST(PidColumn, IsBelowItsTitle) {
  const auto column = PidColumn::in_header("USER         PID %CPU COMMAND");
  ASSERT_TRUE(column);
  EXPECT_EQ(column->of("root           1  0.0 init"), 1);
  EXPECT_EQ(column->of("root      123456  0.0 init"), 123456);
  EXPECT_EQ(column->of("a-very-long-name  77  0.0 x"), 77);
  EXPECT_EQ(column->of("root           x  0.0 init"), std::nullopt);
  EXPECT_EQ(column->of(""), std::nullopt);
}

TEST(PidColumn, IsNotThatOfTheParent) {
  const auto column = PidColumn::in_header("F   UID     PID    PPID PRI");
  ASSERT_TRUE(column);
  EXPECT_EQ(column->of("4     0       1       0  20"), 1);
  EXPECT_EQ(column->of("4 100000    500       1  20"), 500);
  EXPECT_FALSE(PidColumn::in_header("PPID SPID COMMAND"));
}

}  // namespace
}  // namespace vz
