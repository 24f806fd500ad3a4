// The exact words of vzlist: options, selection, order, messages and exit codes. Source: vzlist 4.x, and what
// programs that call vzlist parse. What each field shows is in vzlist_fields_test.cc, JSON in
// vzlist_json_test.cc.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/process.h"
#include "libvz/host/run_state.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;

class Vzlist : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzlist(words); }
  // Only the numbers of what is listed.
  std::string ids(std::vector<std::string> words) const {
    words.insert(words.begin(), {"-H", "-octid"});
    const Said said = run(words);
    EXPECT_EQ(said.err, "");
    EXPECT_EQ(said.code, 0);
    std::string text;
    for (const char c : said.out) {
      if (c == '\n') {
        text += ' ';
      } else if (c != ' ') {
        text += c;
      }
    }
    return text;
  }
  void add_two() const {
    host_.add_container("101",
                        "HOSTNAME=\"web.example\"\nIP_ADDRESS=\"10.0.0.1 10.0.0.2\"\nONBOOT=\"yes\"\n");
    host_.add_container("9", "DESCRIPTION=\"a \\\"quoted\\\" one\"\n");
  }
  // This process stands for the container's init.
  void let_run(Ctid ctid) const {
    const RunState state{.init_pid = getpid(), .init_start = process_start_time(getpid()).value()};
    ASSERT_TRUE(save_run_state(Paths(host_.files().path()), ctid, state));
  }
  Host host_;
};

Said says(std::string out) {
  return {std::move(out), "", 0};
}

constexpr const char* kHeader = "      CTID      NPROC STATUS    IP_ADDR         HOSTNAME\n";

// --- which containers, and what if there are none (spec 8.2, G8)

TEST_F(Vzlist, NoContainersAreNoError) {
  const Said nothing{"", "Container(s) not found\n", 0};
  for (const char* options : {"-a", "-S", "-H", "-n", "-1", "-t"})
    EXPECT_EQ(run({options}), nothing) << options;
  EXPECT_EQ(run({}), nothing);
  EXPECT_EQ(run({"-j"}), says("[]\n"));
  EXPECT_EQ(run({"-aj"}), says("[]\n"));
  EXPECT_EQ(run({"-ajH"}), says("[]\n"));
}

TEST_F(Vzlist, ContainersThatAreAskedForAndNotThereAreAnError) {
  EXPECT_EQ(run({"555"}), (Said{"", "Container(s) not found\n", 1}));
  EXPECT_EQ(run({"-j", "555"}), (Said{"[]\n", "", 1}));
  add_two();
  EXPECT_EQ(run({"-H", "-octid", "555", "9"}), says("         9\n"));
}

TEST_F(Vzlist, TheHostsOwnConfigurationIsNoContainer) {
  host_.files().write("etc/vz/conf/0.conf", "ONBOOT=\"no\"\n");
  EXPECT_EQ(run({"-a"}), (Said{"", "Container(s) not found\n", 0}));
  EXPECT_EQ(run({"0"}), (Said{"", "Container(s) not found\n", 1}));
  add_two();
  EXPECT_EQ(ids({"-a"}), "9 101 ");
  ASSERT_TRUE(make_directories(host_.private_area("0")));
  EXPECT_EQ(ids({"-a"}), "0 9 101 ");
}

TEST_F(Vzlist, OnlyRunningOnesAreListedUnlessOthersAreAskedFor) {
  add_two();
  EXPECT_EQ(run({}), (Said{"", "Container(s) not found\n", 0}));
  let_run(101);
  EXPECT_EQ(ids({}), "101 ");
  EXPECT_EQ(ids({"-S"}), "9 ");
  EXPECT_EQ(ids({"--stopped"}), "9 ");
  EXPECT_EQ(ids({"-a"}), "9 101 ");
  EXPECT_EQ(ids({"--all"}), "9 101 ");
  EXPECT_EQ(ids({"9"}), "9 ");
  EXPECT_EQ(ids({"101", "9", "101"}), "9 101 ");
}

TEST_F(Vzlist, WhatRunsWithoutAConfigurationIsListed) {
  let_run(77);
  EXPECT_EQ(run({"-H", "-octid,status,hostname"}), says("        77 running   -\n"));
  EXPECT_EQ(ids({"-a"}), "77 ");
}

TEST_F(Vzlist, ARunStateWhoseInitIsGoneIsNoRunningContainer) {
  add_two();
  RunState state{.init_pid = getpid(), .init_start = process_start_time(getpid()).value() + 1};
  ASSERT_TRUE(save_run_state(Paths(host_.files().path()), 101, state));
  EXPECT_EQ(run({}), (Said{"", "Container(s) not found\n", 0}));
  EXPECT_EQ(run({"-H", "-ostatus", "101"}), says("stopped\n"));
}

TEST_F(Vzlist, WhatHasNoPrivateAreaIsHiddenUnlessItRuns) {
  add_two();
  ASSERT_EQ(rmdir(host_.private_area("9").c_str()), 0);
  EXPECT_EQ(ids({"-a"}), "101 ");
  EXPECT_EQ(run({"-octid", "9"}), says("      CTID\n"));
  let_run(9);
  EXPECT_EQ(ids({"-a"}), "9 101 ");
}

TEST_F(Vzlist, ANumberThatIsTooLargeInAFileNameIsNamed) {
  add_two();
  host_.files().write("etc/vz/conf/2147483645.conf", "");
  EXPECT_EQ(run({"-a1"}),
            (Said{"         9\n       101\n",
                  "Warning: invalid CTID in config file name: 2147483645.conf, skipping\n", 0}));
}

TEST_F(Vzlist, WordsThatAreNoContainerAreNamed) {
  add_two();
  for (const char* word : {"nope", "-1x", "2147483645", "", "10 1", "\xc3\xa4", "../101", "101\n"}) {
    EXPECT_EQ(run({"--", word}), (Said{"", "CT ID " + std::string(word) + " is invalid.\n", 1})) << word;
  }
}

TEST_F(Vzlist, NamesNeedTheirLink) {
  add_two();
  ASSERT_EQ(host_.vzctl({"set", "101", "--name", "web", "--save"}).code, 0);
  EXPECT_EQ(run({"-aHn"}), says("         9          - stopped   -               -\n"
                                "       web          - stopped   10.0.0.1        web.example\n"));
  EXPECT_EQ(run({"web", "-1"}), says("       101\n"));
  ASSERT_EQ(unlink((host_.files() / "etc/vz/names/web").c_str()), 0);
  EXPECT_EQ(run({"-H", "-oname", "101"}), says("-\n"));
  EXPECT_EQ(run({"web"}), (Said{"", "CT ID web is invalid.\n", 1}));
}

TEST_F(Vzlist, PatternsSelect) {
  add_two();
  ASSERT_EQ(host_.vzctl({"set", "9", "--name", "mail", "--save"}).code, 0);
  EXPECT_EQ(ids({"-a", "-h", "web*"}), "101 ");
  EXPECT_EQ(ids({"-a", "--hostname", "*.example"}), "101 ");
  EXPECT_EQ(ids({"-a", "-d", "*quoted*"}), "9 ");
  EXPECT_EQ(ids({"-a", "--description=a*"}), "9 ");
  EXPECT_EQ(ids({"-a", "-N", "m?il"}), "9 ");
  EXPECT_EQ(ids({"-a", "--name_filter", "[m]*"}), "9 ");
  EXPECT_EQ(ids({"-a", "-N", "m*", "-h", "web*"}), "");
  EXPECT_EQ(run({"-a", "-octid", "-h", "nope"}), says("      CTID\n"));
}

TEST_F(Vzlist, StatusesAreTold) {
  add_two();
  EXPECT_EQ(run({"-H", "-ostatus", "101"}), says("stopped\n"));
  host_.files().write("vz/dump/Dump.101/x", "");
  EXPECT_EQ(run({"-H", "-ostatus", "101"}), says("suspended\n"));
  EXPECT_EQ(ids({"-S"}), "9 101 ");
  // The private area is its own mount point: as good as mounted, and that counts more than a dump.
  host_.add_container("101", "VE_ROOT=\"" + host_.private_area("101") + "\"\n");
  EXPECT_EQ(run({"-H", "-ostatus", "101"}), says("mounted\n"));
  EXPECT_EQ(ids({"-S"}), "9 101 ");
  let_run(101);
  EXPECT_EQ(run({"-H", "-ostatus,ctid", "101"}), says("running          101\n"));
}

// --- the table (spec 8.3, G5, G6)

TEST_F(Vzlist, RowsHaveFixedColumnsAndNoTrailingBlanks) {
  add_two();
  EXPECT_EQ(run({"-a"}), says(std::string(kHeader) + "         9          - stopped   -               -\n" +
                              "       101          - stopped   10.0.0.1        web.example\n"));
}

TEST_F(Vzlist, ListsAreCutUnlessTheyComeLast) {
  add_two();
  EXPECT_EQ(run({"-H", "-o", "ip,ctid", "101"}), says("10.0.0.1               101\n"));
  EXPECT_EQ(run({"-H", "-o", "ctid,ip", "101"}), says("       101 10.0.0.1 10.0.0.2\n"));
  EXPECT_EQ(run({"-Ht", "-o", "ip,ctid", "101"}), says("10.0.0.1 10.0.0.2        101\n"));
  EXPECT_EQ(run({"-H", "--no-trim", "-o", "ip,ctid", "101"}), says("10.0.0.1 10.0.0.2        101\n"));
}

TEST_F(Vzlist, LongWordsPushTheRestToTheRight) {
  host_.add_container("101", "HOSTNAME=\"" + std::string(40, 'h') + "\"\n");
  EXPECT_EQ(run({"-H", "-o", "hostname,ctid", "101"}), says(std::string(40, 'h') + "        101\n"));
}

TEST_F(Vzlist, ARunningContainerShowsHowLong) {
  add_two();
  let_run(101);
  EXPECT_THAT(run({"-H", "-ouptime"}).out, testing::MatchesRegex("000d00h:[0-5][0-9]m:[0-5][0-9]s\n"));
}

TEST_F(Vzlist, WhatNothingLimitsIsUnlimitedInARunningContainer) {
  add_two();
  let_run(101);
  EXPECT_EQ(run({"-H", "-oprivvmpages.b,privvmpages.l,privvmpages.f"}),
            says("9223372036854775807 9223372036854775807          -\n"));
}

// --- options (spec 8.1, G7)

TEST_F(Vzlist, ShortOptionsMayBeJoinedAndFollowTheContainer) {
  add_two();
  EXPECT_EQ(run({"-aHo", "veid"}), says("         9\n       101\n"));
  EXPECT_EQ(run({"-a1"}), says("         9\n       101\n"));
  EXPECT_EQ(run({"101", "-H1"}), says("       101\n"));
  EXPECT_EQ(run({"101", "-H", "-octid,status"}), says("       101 stopped\n"));
  EXPECT_EQ(run({"-Ho", "veid", "101"}), says("       101\n"));
  EXPECT_EQ(run({"101", "-jo", "ctid,onboot"}),
            says("[\n  {\n    \"ctid\": 101,\n    \"onboot\": true\n  }\n]\n"));
}

TEST_F(Vzlist, LongOptionsMayBeCutShort) {
  add_two();
  EXPECT_EQ(run({"--al", "--no-h", "--out=ctid", "--so=-ctid"}), says("       101\n         9\n"));
  EXPECT_EQ(run({"--all", "--no-header", "--output", "ctid", "--sort", "-ctid"}),
            says("       101\n         9\n"));
}

TEST_F(Vzlist, TheLastFieldListWins) {
  add_two();
  EXPECT_EQ(run({"-H", "-ostatus", "-octid", "101"}), says("       101\n"));
  EXPECT_EQ(run({"-1", "-ostatus", "101"}), says("stopped\n"));
  EXPECT_EQ(run({"-ostatus", "-1", "101"}), says("       101\n"));
  EXPECT_EQ(run({"-1n", "101"}), says("       101          - stopped   10.0.0.1        web.example\n"));
}

TEST_F(Vzlist, NamesReplaceNumbersInTheDefaultColumns) {
  EXPECT_EQ(run({"-n"}).err, "Container(s) not found\n");
  add_two();
  EXPECT_EQ(run({"-a", "--name"}).out.substr(0, 58),
            " SMARTNAME      NPROC STATUS    IP_ADDR         HOSTNAME\n ");
}

TEST_F(Vzlist, FieldsThatAreNotKnownAreNamed) {
  EXPECT_EQ(run({"-o", "bogus"}), (Said{"", "Unknown field: bogus\n", 1}));
  EXPECT_EQ(run({"-o", "CTID"}), (Said{"", "Unknown field: CTID\n", 1}));
  EXPECT_EQ(run({"-o", ""}), (Said{"", "Unknown field: \n", 1}));
  EXPECT_EQ(run({"-o", "ctid,,status"}), (Said{"", "Unknown field: \n", 1}));
  EXPECT_EQ(run({"-o", "ctid, status"}), (Said{"", "Unknown field:  status\n", 1}));
  EXPECT_EQ(run({"-o", std::string(31, 'x')}),
            (Said{"", "Invalid field: " + std::string(31, 'x') + "\n", 1}));
  EXPECT_EQ(run({"-s", "bogus"}), (Said{"", "Invalid sort field name: bogus\n", 1}));
  EXPECT_EQ(run({"-s", ""}), (Said{"", "Invalid sort field name: \n", 1}));
  EXPECT_EQ(run({"-s", "--ctid"}), (Said{"", "Invalid sort field name: -ctid\n", 1}));
  EXPECT_EQ(run({"-j", "-o", "numproc.m"}),
            (Said{"", "Field `numproc.m' is not available in JSON output\n", 1}));
}

TEST_F(Vzlist, ACommaAtTheEndIsNoField) {
  add_two();
  EXPECT_EQ(run({"-H", "-octid,", "101"}), says("       101\n"));
}

TEST_F(Vzlist, HelpExitsWithOneAsDoesWhatIsNotKnown) {
  for (const char* option : {"--help", "-e"}) {
    const Said said = run({option});
    EXPECT_EQ(said.code, 1);
    EXPECT_EQ(said.err, "");
    EXPECT_THAT(said.out, testing::StartsWith("Usage: vzlist "));
  }
  const Said unknown = run({"--bogus"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.err, "vzlist: unrecognized option '--bogus'\n");
  EXPECT_THAT(unknown.out, testing::StartsWith("Usage: vzlist "));
  EXPECT_EQ(run({"-o"}).err, "vzlist: option requires an argument -- 'o'\n");
}

TEST_F(Vzlist, TheUsageNamesEveryOption) {
  const std::string usage = run({"--help"}).out;
  for (const char* option : {"-a, --all", "-S, --stopped", "-n, --name", "-H, --no-header", "-t, --no-trim",
                             "-j, --json", "-o, --output", "-1", "-s, --sort", "-h, --hostname",
                             "-N, --name_filter", "-d, --description", "-L, --list", "-e, --help"}) {
    EXPECT_THAT(usage, HasSubstr(option));
  }
}

TEST_F(Vzlist, OnlyRootMayRunIt) {
  Command command;
  command.argv = {VZLIST_PROGRAM, "-a"};
  if (geteuid() == 0) {
    command.argv.insert(command.argv.begin(),
                        {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"});
  }
  const auto finished = vz::run(command);
  ASSERT_TRUE(finished);
  constexpr int kCannotExecute = 126;
  if (finished->exit_code >= kCannotExecute)
    GTEST_SKIP() << "SKIPPED: other users cannot run the built vzlist: " << finished->errors;
  EXPECT_EQ(finished->output, "");
  EXPECT_EQ(finished->errors, "This program can only be run under root.\n");
  EXPECT_EQ(finished->exit_code, 1);
  // What is wrong on the command line is said first.
  command.argv.insert(command.argv.end(), {"-o", "bogus"});
  EXPECT_EQ(vz::run(command)->errors, "Unknown field: bogus\n");
}

TEST_F(Vzlist, OutputThatCannotBeWrittenIsAnError) {
  add_two();
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) GTEST_SKIP() << "SKIPPED: there is no /dev/full here";
  Command command;
  command.argv = {VZLIST_PROGRAM, "-a"};
  command.environment.push_back("VZ_PREFIX=" + host_.files().path());
  command.stdout_fd = full.get();
  const auto finished = vz::run(command);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->errors, "Unable to write: No space left on device\n");
  EXPECT_EQ(finished->exit_code, 1);
}

// --- order (spec 8.4)

class VzlistSort : public Vzlist {
 protected:
  VzlistSort() {
    host_.add_container("1", "NUMPROC=\"30:300\"\nHOSTNAME=\"b\"\nBOOTORDER=\"5\"\nCPULIMIT=\"100\"\n");
    host_.add_container("2", "NUMPROC=\"20:400\"\nHOSTNAME=\"a\"\nBOOTORDER=\"5\"\nONBOOT=\"yes\"\n");
    host_.add_container("10", "ONBOOT=\"no\"\nDISKSPACE=\"10:10\"\n");
    host_.add_container("11", "NUMPROC=\"25:100\"\nHOSTNAME=\"B\"\nCPULIMIT=\"20\"\nDISKSPACE=\"9:20\"\n");
  }
  std::string sorted(const std::string& field) const { return ids({"-a", "-s", field}); }
};

TEST_F(VzlistSort, IsByNumberUnlessSaid) {
  EXPECT_EQ(ids({"-a"}), "1 2 10 11 ");
  EXPECT_EQ(sorted("ctid"), "1 2 10 11 ");
  EXPECT_EQ(sorted("-ctid"), "11 10 2 1 ");
  EXPECT_EQ(sorted("-veid"), "11 10 2 1 ");
  EXPECT_EQ(ids({"-a", "--sort=-vpsid"}), "11 10 2 1 ");
}

TEST_F(VzlistSort, WhatIsNotSetComesFirst) {
  EXPECT_EQ(sorted("hostname"), "10 11 2 1 ");
  EXPECT_EQ(sorted("-hostname"), "1 2 11 10 ");
  EXPECT_EQ(sorted("cpulimit"), "2 10 11 1 ");
}

TEST_F(VzlistSort, BarriersSortByBarrierAndLimitsByLimit) {
  EXPECT_EQ(sorted("numproc.b"), "10 2 11 1 ");
  EXPECT_EQ(sorted("numproc.l"), "10 11 1 2 ");
  EXPECT_EQ(sorted("diskspace.s"), "1 2 11 10 ");
  EXPECT_EQ(sorted("diskspace.h"), "1 2 10 11 ");
}

TEST_F(VzlistSort, EqualBootOrdersSortByDescendingNumber) {
  EXPECT_EQ(sorted("bootorder"), "11 10 2 1 ");
  EXPECT_EQ(sorted("-bootorder"), "1 2 10 11 ");
}

TEST_F(VzlistSort, SomeFieldsDoNotSort) {
  for (const char* field :
       {"onboot", "features", "vswap", "disabled", "vm_overcommit", "netfilter", "capability"}) {
    EXPECT_EQ(sorted(field), "1 2 10 11 ") << field;
    EXPECT_EQ(sorted("-" + std::string(field)), "11 10 2 1 ") << field;
  }
}

TEST_F(VzlistSort, StatusesSortFromRunningToSuspended) {
  host_.files().write("vz/dump/Dump.1/x", "");
  host_.add_container("2", "VE_ROOT=\"" + host_.private_area("2") + "\"\n");
  let_run(11);
  EXPECT_EQ(sorted("status"), "11 10 2 1 ");
  EXPECT_EQ(sorted("-status"), "1 2 10 11 ");
}

TEST_F(VzlistSort, TheLongestUptimeComesFirst) {
  let_run(10);
  EXPECT_EQ(sorted("uptime").substr(0, 3), "10 ");
}

}  // namespace
}  // namespace vz
