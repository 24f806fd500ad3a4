#include "tools/tool.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Called {
  bool flag = false;
  bool pair = false;
  std::string value;
  std::vector<std::string> words;
};

Tool tool(Called& called) {
  return {.name = "sample",
          .synopsis = {"[-f] WORD...", "--other"},
          .about = "Does it.\n",
          .options = {flag_option("flag", 'f', "a flag", called.flag),
                      flag_option("fd", 0, "a pair", called.pair),
                      text_option("", 'v', "TEXT", "a value", called.value)},
          .usage_code = 7,
          .run = [&called](const Tool&, const std::vector<std::string>& words) {
            called.words = words;
            return 5;
          }};
}

TEST(Tool, OptionsAndWordsReachTheProgram) {
  Called called;
  EXPECT_EQ(run_tool(tool(called), {"sample", "a", "-fv", "text", "b"}), 5);
  EXPECT_TRUE(called.flag);
  EXPECT_EQ(called.value, "text");
  EXPECT_THAT(called.words, ElementsAre("a", "b"));
}

TEST(Tool, WhatIsNotKnownEndsWithTheUsageCode) {
  Called called;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_tool(tool(called), {"sample", "-x"}), 7);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "sample: invalid option -- 'x'\nUsage: sample [-f] WORD...\n       sample --other\n"
            "Try 'sample --help'.\n");
}

TEST(Tool, PairsNeedOneDashOnlyWhereThatIsTheStyle) {
  Called called;
  Tool pairs = tool(called);
  pairs.short_pairs = true;
  EXPECT_EQ(run_tool(pairs, {"sample", "-fd", "--", "-fd"}), 5);
  EXPECT_TRUE(called.pair);
  EXPECT_FALSE(called.flag);
  EXPECT_THAT(called.words, ElementsAre("-fd"));
  EXPECT_THAT(tool_help(pairs), HasSubstr("\n  -fd                             a pair\n"));
  EXPECT_THAT(tool_help(tool(called)), HasSubstr("\n  --fd                            a pair\n"));
}

TEST(Tool, WordsOfAnotherCommandAreLeftAlone) {
  Called called;
  Tool first = tool(called);
  first.options_first = true;
  EXPECT_EQ(run_tool(first, {"sample", "ls", "-f", "--bogus"}), 5);
  EXPECT_FALSE(called.flag);
  EXPECT_THAT(called.words, ElementsAre("ls", "-f", "--bogus"));
}

TEST(Tool, HelpNamesEveryForm) {
  Called called;
  const std::string help = tool_help(tool(called));
  EXPECT_THAT(help, testing::StartsWith("Usage: sample [-f] WORD...\n       sample --other\n\nDoes it.\n"));
  EXPECT_THAT(help, HasSubstr("\n  -v TEXT                         a value\n"));
}

TEST(Tool, FilesOfTheHostMayLieInATestPrefix) {
  EXPECT_EQ(host_file("/proc/cpuinfo"), "/proc/cpuinfo");
}

}  // namespace
}  // namespace vz
