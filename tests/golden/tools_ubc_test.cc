// The exact words of vzubc, vzoversell, vzcalc, vzmemcheck and vzcptcheck where no container runs. Source:
// vzctl 4.x.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kFile = R"(Version: 2.5
       uid  resource           held    maxheld    barrier      limit    failcnt
        0:  kmemsize           1000       1000 9223372036854775807 9223372036854775807 0
            swappages             0          0          0     262144          0
      101:  kmemsize        7839744    8798208   14372700   14790164          0
            numproc               8         40         50         50          0
            physpages         60000      70000          0      65536          0
            dummy                 0          0          0          0          0
            swappages           256        512          0     131072          0
      102:  privvmpages       10000      10000      65536     131072          7
            physpages         10000      20000          0 9223372036854775807  0
            swappages             0          0          0 9223372036854775807  0
      103:  physpages           100        100          0     131072          3
            swappages             0          0          0     131072          0
)";

class UbcTools : public testing::Test {
 protected:
  UbcTools() {
    host_.files().write("ubc", kFile);
    host_.files().write("proc/meminfo", "MemTotal: 1048576 kB\nSwapTotal: 524288 kB\n");
    host_.files().write("proc/sys/kernel/threads-max", "1000\n");
  }
  Said vzubc(std::vector<std::string> words) const {
    words.insert(words.end(), {"-f", host_.files() / "ubc"});
    return host_.tool("vzubc", words);
  }
  Host host_;
};

TEST_F(UbcTools, VzubcShowsATableForEachContainer) {
  EXPECT_EQ(vzubc({"101"}), (Said{"-------------------------------------------------------------------\n"
                                  "CT 101       | HELD  Bar%  Lim%| MAXH  Bar%  Lim%| BAR | LIM | FAIL\n"
                                  "-------------+-----------------+-----------------+-----+-----+-----\n"
                                  "     kmemsize|7.48M   54%   53%|8.39M   61%   59%|13.7M|14.1M|    - \n"
                                  "      numproc|   8    16%   16%|  40    80%   80%|  50 |  50 |    - \n"
                                  "    physpages| 234M    -    91%| 273M    -   106%|   - | 256M|    - \n"
                                  "    swappages|   1M    -   0.2%|   2M    -  0.39%|   - | 512M|    - \n"
                                  "-------------------------------------------------------------------\n",
                                  "", 0}));
  const Said all = vzubc({});
  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.out,
              HasSubstr("\n\n-------------------------------------------------------------------\nCT 103  "));
}

TEST_F(UbcTools, VzubcReadsStandardInputAndFilesWithoutAVersion) {
  const Said said = host_.tool("vzubc", {"-f", "-"}, "101: numproc 8 40 50 50 0\n");
  EXPECT_THAT(said.out,
              HasSubstr("\n      numproc|   8    16%   16%|  40    80%   80%|  50 |  50 |    - \n"));
  EXPECT_EQ(host_.tool("vzubc", {"-f", "-"}, "Version: 2.4\n"),
            (Said{"", "Error: unknown version: 2.4\n", 1}));
  EXPECT_THAT(host_.tool("vzubc", {"-f", "-"}, "nonsense\n").err,
              StartsWith("Error: user beancounters, line 2: "));
  EXPECT_THAT(host_.tool("vzubc", {"-f", host_.files() / "nope"}).err,
              HasSubstr("No such file or directory\n"));
}

TEST_F(UbcTools, VzubcRemembersTheLastTimeWhereItIsTold) {
  const std::string store = host_.files() / "store";
  EXPECT_THAT(vzubc({"-q", "-r", "-rd", store, "102"}).out, HasSubstr("|    7 \n"));
  EXPECT_EQ(host_.files().read("store/ubc.102.privvmpages.failcnt"), "7\n");
  EXPECT_EQ(vzubc({"-q", "-r", "-rd", store, "102"}).out, "");
  EXPECT_THAT(vzubc({"-q", "-r", "-rc", "-rd", store, "102"}).out, HasSubstr("|    7 \n"));
  EXPECT_EQ(vzubc({"-i", "-id", store, "101"}).code, 0);
  host_.files().write("store/ubc.101.numproc.held", "6\n");
  EXPECT_THAT(vzubc({"-iq", "-id", store, "101"}).out, HasSubstr("numproc|   8     +2    16%   16%|"));
}

TEST_F(UbcTools, VzubcKeepsItsMemoryBesideTheOtherState) {
  EXPECT_EQ(vzubc({"-i", "101"}).code, 0);
  EXPECT_EQ(host_.files().read("var/lib/vzctl/vzubc.store/ubc.101.numproc.held"), "8\n");
}

TEST_F(UbcTools, VzubcRefusesOptionsThatExcludeEachOther) {
  const auto first_line = [&](const std::vector<std::string>& words) {
    const Said said = vzubc(words);
    EXPECT_EQ(said.code, 1);
    EXPECT_EQ(said.out, "");
    return said.err.substr(0, said.err.find('\n'));
  };
  EXPECT_EQ(first_line({"-w", "-c"}), "Error: can't use --watch and --color together");
  EXPECT_EQ(first_line({"-qh", "0.5"}), "Error: -qh and -qm only make sense with --quiet or --color");
  EXPECT_EQ(first_line({"-q", "-v"}), "Error: options --quiet and --verbose can't be used together");
  for (const std::string& bad : {std::string(), std::string("x"), std::string("-1"), std::string("1\n"),
                                 std::string("\xc3\xbc"), std::string("../1"), std::string("\"1\"")}) {
    EXPECT_THAT(first_line({"-q", "-qm", bad}), StartsWith("vzubc: invalid ratio: "));
    EXPECT_THAT(first_line({"-wn", bad}), StartsWith("vzubc: invalid interval: "));
  }
  EXPECT_EQ(first_line({"-rd", ""}), "vzubc: no directory given");
  EXPECT_EQ(first_line({"nope"}), "vzubc: Bad CT ID nope");
  EXPECT_EQ(first_line({"../101"}), "vzubc: Bad CT ID ../101");
}

TEST_F(UbcTools, VzubcSaysWhichContainerIsNotThere) {
  EXPECT_EQ(host_.tool("vzubc", {}), (Said{"", "", 0}));
  EXPECT_EQ(host_.tool("vzubc", {"101"}),
            (Said{"", "vzubc: nothing is known of container 101: it is not running\n", 0}));
}

TEST_F(UbcTools, VzubcHelpWritesPairsWithOneDash) {
  EXPECT_THAT(host_.tool("vzubc", {"--help"}).out,
              HasSubstr("\n  -qh RATIO                       held/barrier"));
}

TEST_F(UbcTools, VzoversellSumsUpWhatContainersMayHave) {
  EXPECT_EQ(host_.tool("vzoversell", {host_.files() / "ubc"}),
            (Said{"           --------- RAM ---------  -------- Swap ---------  Flags\n"
                  "            used  peak limit fails   used  peak limit fails\n"
                  "       101  234M  273M  256M    -      1M    2M  512M    -   \n"
                  "       102 39.1M 78.1M  256M    -      -     -     -     -   RSF\n"
                  "       103  400K  400K  512M    3      -     -   512M    -   f\n"
                  "           ----- ----- ----- -----  ----- ----- ----- -----\n"
                  " TOTAL      273M  351M    1G    3      1M    2M    1G    - \n"
                  "\n"
                  "RAM        available:    1G  allocated:    1G  oversell: 100%\n"
                  "Swap       available:  512M  allocated:    1G  oversell: 200%\n"
                  "RAM+Swap   available:  1.5G  allocated:    2G  oversell: 133%\n"
                  "\n"
                  "Flags:\n"
                  "  R: non-VSwap container, RAM limit guessed based on privvmpages\n"
                  "  S: unlimited swap (ok for non-vswap), not counted into total swap limit\n"
                  "  f: RAM failcnt > 0 (swap used), use vzubc to check details\n"
                  "  F: beancounter failcnt > 0, use vzubc to check details\n",
                  "", 0}));
}

TEST_F(UbcTools, VzoversellRefusesOtherVersions) {
  host_.files().write("other", "Version: 3.0\n");
  EXPECT_EQ(host_.tool("vzoversell", {host_.files() / "other"}),
            (Said{"", "Error: unknown version: 3.0\n", 1}));
  EXPECT_EQ(host_.tool("vzoversell", {"a", "b"}).code, 1);
  EXPECT_EQ(host_.tool("vzoversell", {""}).code, 1);
}

TEST_F(UbcTools, VzcalcComputesPromisedAndMost) {
  host_.add_container(
      "101",
      "NUMPROC=\"100\"\nKMEMSIZE=\"1M:2M\"\nTCPSNDBUF=\"1M\"\nTCPRCVBUF=\"1M\"\nOTHERSOCKBUF=\"1M\"\n"
      "DGRAMRCVBUF=\"1M\"\nVMGUARPAGES=\"128M:unlimited\"\nOOMGUARPAGES=\"64M:unlimited\"\n"
      "PRIVVMPAGES=\"256M:512M\"\n");
  EXPECT_EQ(host_.tool("vzcalc", {"-v", "101"}), (Said{"Resource     Current(%)  Promised(%)  Max(%)\n"
                                                       "Low Mem           n/a       1.46       1.46\n"
                                                       "Total RAM         n/a        n/a        n/a\n"
                                                       "Mem + Swap        n/a       4.56        n/a\n"
                                                       "Alloc. Mem        n/a       8.72      33.72\n"
                                                       "Num. Proc         n/a        n/a      10.00\n"
                                                       "--------------------------------------------\n"
                                                       "Memory            n/a       8.72      33.72\n",
                                                       "", 0}));
  EXPECT_EQ(host_.tool("vzcalc", {"101"}), (Said{"Resource     Current(%)  Promised(%)  Max(%)\n"
                                                 "Memory            n/a       8.72      33.72\n",
                                                 "", 0}));
}

TEST_F(UbcTools, VzcalcNeedsANumberAFileAndTheClassicParameters) {
  EXPECT_EQ(host_.tool("vzcalc", {}), (Said{"", "Usage: vzcalc [-v] CTID\nTry 'vzcalc --help'.\n", 1}));
  for (const std::string& bad : {std::string(), std::string("web"), std::string("../1"), std::string("1\n"),
                                 std::string("99999999999"), std::string("\xc3\xbc")}) {
    EXPECT_EQ(host_.tool("vzcalc", {bad}), (Said{"", "Invalid CT ID: " + bad + "\n", 1}));
  }
  EXPECT_EQ(host_.tool("vzcalc", {"101"}),
            (Said{"", "Container configuration file: " + host_.conf("101.conf") + " not found\n", 1}));
  host_.add_container("101", "PHYSPAGES=\"0:100\"\nKMEMSIZE=\"1\"\nTCPSNDBUF=\"1\"\nTCPRCVBUF=\"1\"\n");
  EXPECT_EQ(host_.tool("vzcalc", {"101"}), (Said{"",
                                                 "Error: parameter NUMPROC not found\n"
                                                 "Error: parameter VMGUARPAGES not found\n"
                                                 "Error: parameter OTHERSOCKBUF not found\n"
                                                 "Error: parameter DGRAMRCVBUF not found\n"
                                                 "Error: parameter PRIVVMPAGES not found\n",
                                                 1}));
}

TEST_F(UbcTools, VzmemcheckWithoutContainersIsAllZeros) {
  EXPECT_EQ(host_.tool("vzmemcheck", {}),
            (Said{"Output values in %\n"
                  " LowMem  LowMem     RAM MemSwap MemSwap   Alloc   Alloc   Alloc\n"
                  "   util  commit    util    util  commit    util  commit   limit\n"
                  "   0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00\n",
                  "", 0}));
  EXPECT_EQ(host_.tool("vzmemcheck", {"-v", "-A"}),
            (Said{"Output values in Mbytes\n"
                  "CTID        LowMem  LowMem     RAM MemSwap MemSwap   Alloc   Alloc   Alloc\n"
                  "              util  commit    util    util  commit    util  commit   limit\n"
                  "--------------------------------------------------------------------------\n"
                  "Summary:      0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00\n"
                  "            409.60  409.60 1024.00 1536.00 1536.00 1536.00 1536.00 1536.00\n",
                  "", 0}));
  EXPECT_EQ(host_.tool("vzmemcheck", {"101"}).code, 1);
  EXPECT_EQ(host_.tool("vzmemcheck", {"-x"}).code, 1);
}

TEST_F(UbcTools, VzcptcheckTellsWhatTheHostHas) {
  host_.files().write("proc/cpuinfo", "processor : 0\nflags\t\t: fpu cmov mmx sse sse2 lm avx\n");
  const Said caps = {"524573\n", "", 0};  // bits 0, 2, 3, 4, 8, 19
  EXPECT_EQ(host_.tool("vzcptcheck", {"caps"}), caps);
  EXPECT_EQ(host_.tool("vzcptcheck", {"caps", "524573"}), (Said{"", "", 0}));
  EXPECT_EQ(host_.tool("vzcptcheck", {"caps", "524575"}),
            (Said{"", "Insufficient CPU capabilities: can't migrate\n", 2}));
  EXPECT_EQ(host_.tool("vzcptcheck", {"caps", "101", "5"}),
            (Said{"", "vzcptcheck: Container is not running\n", 1}));
  host_.files().write("bin/criu", "#!/bin/sh\nprintf 'Version: 4.1\\nGitID: v4.1\\n'\n");
  ASSERT_EQ(chmod((host_.files() / "bin/criu").c_str(), 0755), 0);
  host_.files().write("etc/vz/vz.conf", "CRIU=\"" + (host_.files() / "bin/criu") + "\"\n");
  EXPECT_EQ(host_.tool("vzcptcheck", {"version"}), (Said{"40100\n", "", 0}));
  EXPECT_EQ(host_.tool("vzcptcheck", {"version", "31700"}), (Said{"", "", 0}));
  EXPECT_EQ(host_.tool("vzcptcheck", {"version", "40101"}),
            (Said{"", "CPT version 40101 rejected: can't migrate\n", 2}));
}

TEST_F(UbcTools, VzcptcheckExplainsItself) {
  const Said help = host_.tool("vzcptcheck", {});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, StartsWith("Usage: vzcptcheck version [VERSION]\n"));
  EXPECT_EQ(host_.tool("vzcptcheck", {"help"}), help);
  const Said bad = host_.tool("vzcptcheck", {"bogus"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_THAT(bad.err, StartsWith("Usage: vzcptcheck "));
  EXPECT_EQ(host_.tool("vzcptcheck", {"version", "1", "2"}).code, 1);
  for (const char* word : {"", "x", "-", "1.5", "99999999999", "\n"})
    EXPECT_EQ(host_.tool("vzcptcheck", {"version", word}),
              (Said{"", std::string("vzcptcheck: not a number: ") + word + "\n", 1}));
}

}  // namespace
}  // namespace vz
