// The options that programs which call vzmigrate use. Source: vzmigrate of vzctl 4.x, and those callers.

#include "vzmigrate/options.h"

#include <gmock/gmock.h>

#include "vzmigrate/exit_code.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Result<MigrateOptions> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "vzmigrate");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStderr();
  auto options = parse_migrate_options(static_cast<int>(words.size()), argv.data());
  testing::internal::GetCapturedStderr();
  return options;
}

MigrateOptions parsed(const std::vector<std::string>& words) {
  auto options = parse(words);
  EXPECT_TRUE(options) << options.error().text();
  return options.value_or(MigrateOptions{});
}

std::string complaint(const std::vector<std::string>& words) {
  const auto options = parse(words);
  if (options) return "none";
  EXPECT_EQ(static_cast<int>(options.error().code()), static_cast<int>(MigrateCode::usage));
  return options.error().text();
}

TEST(MigrateOptions, HaveTheDefaultsOfOld) {
  const auto options = parsed({"node2", "101"});
  EXPECT_EQ(options.host, "node2");
  EXPECT_THAT(options.containers, ElementsAre("101"));
  EXPECT_TRUE(options.remove_area);
  EXPECT_FALSE(options.online || options.keep_destination || options.times || options.check_only ||
               options.ignore_cpu || options.help);
  EXPECT_EQ(options.verbosity, 0);
  EXPECT_THAT(options.ssh, IsEmpty());
  EXPECT_THAT(options.rsync, IsEmpty());
}

TEST(MigrateOptions, OnlineIsLive) {
  EXPECT_TRUE(parsed({"--online", "h", "1"}).online);
  EXPECT_TRUE(parsed({"--live", "h", "1"}).online);
}

TEST(MigrateOptions, TheAreaHereIsRemovedOrNot) {
  EXPECT_FALSE(parsed({"-r", "no", "h", "1"}).remove_area);
  EXPECT_FALSE(parsed({"-rno", "h", "1"}).remove_area);
  EXPECT_TRUE(parsed({"-r", "yes", "h", "1"}).remove_area);
  EXPECT_FALSE(parsed({"--remove-area", "no", "h", "1"}).remove_area);
  EXPECT_FALSE(parsed({"--remove-area=no", "h", "1"}).remove_area);
  EXPECT_FALSE(parsed({"-r", "yes", "-r", "no", "h", "1"}).remove_area);
  EXPECT_EQ(complaint({"-r", "maybe", "h", "1"}), "Invalid usage: bad argument for -r: maybe");
}

TEST(MigrateOptions, OptionsOfSshAndRsyncAreWords) {
  const auto options = parsed({"--ssh=-p 2222", "--ssh", "-o StrictHostKeyChecking=no  -v", "--rsync=-az",
                               "--rsync= --bwlimit=1000", "h", "1"});
  EXPECT_THAT(options.ssh, ElementsAre("-p", "2222", "-o", "StrictHostKeyChecking=no", "-v"));
  EXPECT_THAT(options.rsync, ElementsAre("-az", "--bwlimit=1000"));
  EXPECT_THAT(parsed({"--ssh=", "--rsync= ", "h", "1"}).ssh, IsEmpty());
}

TEST(MigrateOptions, FlagsMayBeJoinedAndRepeated) {
  EXPECT_EQ(parsed({"-v", "--verbose", "-vv", "h", "1"}).verbosity, 4);
  const auto options = parsed({"-tv", "--keep-dst", "h", "1"});
  EXPECT_TRUE(options.times);
  EXPECT_EQ(options.verbosity, 1);
  EXPECT_TRUE(options.keep_destination);
}

TEST(MigrateOptions, MayStandAnywhere) {
  const auto options = parsed({"root@node2", "--online", "101", "-r", "no", "web1"});
  EXPECT_EQ(options.host, "root@node2");
  EXPECT_THAT(options.containers, ElementsAre("101", "web1"));
  EXPECT_TRUE(options.online);
  EXPECT_FALSE(options.remove_area);
  EXPECT_THAT(parsed({"--", "node2", "--online"}).containers, ElementsAre("--online"));
}

TEST(MigrateOptions, MayBeShortened) {
  EXPECT_TRUE(parsed({"--on", "h", "1"}).online);
  EXPECT_TRUE(parsed({"--li", "h", "1"}).online);
  EXPECT_TRUE(parsed({"--keep", "h", "1"}).keep_destination);
  EXPECT_FALSE(parsed({"--rem=no", "h", "1"}).remove_area);
  EXPECT_EQ(complaint({"--ve", "--r", "no", "h", "1"}), "") << "remove-area or rsync?";
}

TEST(MigrateOptions, ChecksCanBeAllThatIsDone) {
  EXPECT_TRUE(parsed({"--check-only", "h", "1"}).check_only);
  EXPECT_TRUE(parsed({"--dry-run", "h", "1"}).check_only);
}

TEST(MigrateOptions, ChecksCanBeIgnored) {
  EXPECT_TRUE(parsed({"-f", "h", "1"}).ignore_cpu);
  EXPECT_TRUE(parsed({"-fcpu", "h", "1"}).ignore_cpu);
  EXPECT_TRUE(parsed({"--nodeps", "h", "1"}).ignore_cpu);
  EXPECT_TRUE(parsed({"--nodeps=all", "h", "1"}).ignore_cpu);
  EXPECT_TRUE(parsed({"--nodeps=ipv6,cpu_check", "h", "1"}).ignore_cpu);
  EXPECT_FALSE(parsed({"--nodeps=ipv6", "h", "1"}).ignore_cpu);
  EXPECT_EQ(complaint({"--nodeps=ram", "h", "1"}), "Invalid usage: unknown --nodeps argument: ram");
  EXPECT_EQ(parsed({"-f", "h", "1"}).host, "h") << "its argument is never the next word";
}

TEST(MigrateOptions, HelpIsForWhoeverAsksOrSaysNothing) {
  EXPECT_TRUE(parsed({}).help);
  EXPECT_TRUE(parsed({"-h"}).help);
  EXPECT_TRUE(parsed({"--help", "h", "1"}).help);
  EXPECT_TRUE(parsed({"--usage"}).help);
}

TEST(MigrateOptions, HostAndContainerAreNeeded) {
  EXPECT_EQ(complaint({"a"}), "Invalid usage: not enough parameters");
  EXPECT_EQ(complaint({"--online"}), "Invalid usage: not enough parameters");
}

TEST(MigrateOptions, WhatIsUnknownIsRefused) {
  // getopt itself has said what is wrong.
  EXPECT_EQ(complaint({"--bogus", "h", "1"}), "");
  EXPECT_EQ(complaint({"-x", "h", "1"}), "");
  EXPECT_EQ(complaint({"h", "1", "-r"}), "");
  EXPECT_EQ(complaint({"--online=yes", "h", "1"}), "");
}

TEST(MigrateOptions, HelpNamesEveryOption) {
  for (const auto& name : migrate_option_names()) {
    EXPECT_THAT(migrate_usage(), testing::HasSubstr("--" + name));
  }
}

}  // namespace
}  // namespace vz
