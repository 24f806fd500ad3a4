// vzps and vztop without containers.

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/text.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class PsTools : public testing::Test {
 protected:
  Said vzps(const std::vector<std::string>& words) const { return host_.tool("vzps", words); }
  Said vztop(const std::vector<std::string>& words) const { return host_.tool("vztop", words); }
  const std::string pid_ = std::to_string(getpid());
  Host host_;
};

TEST_F(PsTools, VzpsPutsTheContainerInFrontOfEachLine) {
  const Said said = vzps({"-o", "pid,ppid", "-p", pid_});
  EXPECT_EQ(said.code, 0) << said;
  EXPECT_THAT(said.out, testing::MatchesRegex("      CTID +PID +PPID\n         0 +" + pid_ + " +[0-9]+\n"));
  EXPECT_THAT(vzps({"-fp", pid_}).out, StartsWith("      CTID UID"));
  EXPECT_THAT(vzps({"aux"}).out, StartsWith("      CTID USER"));
  EXPECT_THAT(vzps({"-o", "pid=", pid_}).out, testing::MatchesRegex("         0 +" + pid_ + "\n"));
}

TEST_F(PsTools, VzpsShowsOnlyTheContainerThatIsAskedFor) {
  const Said none = vzps({"-E", "101", "-o", "pid"});
  EXPECT_THAT(none.out, testing::MatchesRegex("      CTID +PID\n")) << none;
  EXPECT_EQ(none.code, 0);
  const Said host = vzps({"-E0", "-o", "pid="});
  EXPECT_THAT(host.out, HasSubstr(" " + pid_ + "\n"));
  for (const auto& line : split(host.out, "\n")) EXPECT_THAT(line, StartsWith("         0 "));
}

TEST_F(PsTools, VzpsLeavesTheHeaderOutWhereTold) {
  EXPECT_THAT(vzps({"--no-headers", "-fp", pid_}).out, StartsWith("         0 "));
  EXPECT_THAT(vzps({"hp", pid_}).out, StartsWith("         0 "));
}

TEST_F(PsTools, VzpsPassesOnWhatPsSays) {
  const Said said = vzps({"--bogus"});
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr("unknown gnu long option"));
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(vzps({"-p", "1073741823", "-o", "pid="}).code, 1);
}

TEST_F(PsTools, ContainersThatAreNoneAreRefused) {
  for (const std::string& bad :
       {std::string("nope"), std::string("../1"), std::string("-5"), std::string("1\n"),
        std::string("\xc3\xbc"), std::string("99999999999"), std::string(10000, '9')}) {
    EXPECT_EQ(vzps({"-E", bad}), (Said{"", "vzps: Bad CT ID " + bad + "\n", 1}));
    EXPECT_THAT(vztop({"-b", "-n1", "-E", bad}).err, StartsWith("vztop: Bad CT ID " + bad + "\n"));
  }
  EXPECT_THAT(vzps({"-E"}).err, StartsWith("vzps: no container given with -E\n"));
  EXPECT_EQ(vzps({"--veid="}).code, 1);
}

TEST_F(PsTools, VztopPrintsLooksInBatchMode) {
  const Said said = vztop({"-b", "-n", "2", "-d", "0.1", "-E", "0", "-o", "PID"});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(said.out, StartsWith("vztop - "));
  EXPECT_THAT(said.out, HasSubstr("\n\nvztop - "));
  EXPECT_THAT(said.out, HasSubstr("\n\n      CTID     PID USER      PR  NI"));
  EXPECT_THAT(said.out, testing::ContainsRegex("\n         0 +" + pid_ + " "));
  EXPECT_THAT(vztop({"-b", "-n1", "-E", "101"}).out, HasSubstr("Tasks:   0 total"));
}

TEST_F(PsTools, VztopNeedsATerminalOrBatchMode) {
  EXPECT_EQ(vztop({}), (Said{"", "vztop: not a terminal; use -b\n", 1}));
}

TEST_F(PsTools, VztopRefusesValuesThatAreNone) {
  for (const std::string& bad : {std::string(), std::string("-1"), std::string("0"), std::string("x"),
                                 std::string("1\n"), std::string(5000, '9'), std::string("\xc3\xbc")}) {
    EXPECT_THAT(vztop({"-b", "-n", bad}).err, StartsWith("vztop: invalid number of times: " + bad + "\n"));
    EXPECT_THAT(vztop({"-b", "-d", bad}).err, StartsWith("vztop: invalid delay: " + bad + " ("));
    EXPECT_THAT(vztop({"-b", "-o", bad}).err, StartsWith("vztop: cannot sort by: " + bad + "\n"));
    EXPECT_EQ(vztop({"-b", "-n", bad}).code, 1);
  }
  EXPECT_THAT(vztop({"x"}).err, StartsWith("vztop: no arguments are taken: x\n"));
}

}  // namespace
}  // namespace vz
