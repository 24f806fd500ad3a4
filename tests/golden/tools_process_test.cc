// The exact words of vzfsync, vzpid and vzcpucheck without containers. Source: vzctl 4.x.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/process.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::StartsWith;

class ProcessTools : public testing::Test {
 protected:
  Host host_;
};

TEST_F(ProcessTools, VzfsyncWithoutFilesExplainsItself) {
  const Said said = host_.tool("vzfsync", {});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, StartsWith("Usage: vzfsync {--sync | --datasync} [--dontneed] FILE...\n"));
  EXPECT_EQ(host_.tool("vzfsync", {"-s"}), said);
}

TEST_F(ProcessTools, VzfsyncSyncsEveryFileAndTellsOfThoseThatItCouldNot) {
  host_.files().write("a", "text");
  const std::string file = host_.files() / "a";
  const std::string missing = host_.files() / "b";
  EXPECT_EQ(host_.tool("vzfsync", {"-s", file}), (Said{"", "", 0}));
  EXPECT_EQ(host_.tool("vzfsync", {"--datasync", "--dontneed", file, file}), (Said{"", "", 0}));
  EXPECT_EQ(host_.tool("vzfsync", {"-dn", missing, file}),
            (Said{"", "vzfsync: open " + missing + ": No such file or directory\n", 2}));
  EXPECT_EQ(host_.tool("vzfsync", {"-s", ""}), (Said{"", "vzfsync: open : No such file or directory\n", 2}));
  EXPECT_EQ(host_.files().read("a"), "text");
}

TEST_F(ProcessTools, VzfsyncNeedsToKnowWhat) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"-n", "/x"}, std::vector<std::string>{"-s", "-d", "/x"}}) {
    const Said said = host_.tool("vzfsync", words);
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.err, StartsWith("vzfsync: exactly one of --sync and --datasync is needed\n"));
  }
  EXPECT_EQ(host_.tool("vzfsync", {"--bogus"}).code, 1);
}

TEST_F(ProcessTools, VzpidPrintsARowForEachProcessThatExists) {
  const std::string self = std::to_string(getpid());
  const std::string name = read_file("/proc/self/comm").value();
  EXPECT_EQ(host_.tool("vzpid", {self, "1073741824"}),
            (Said{"Pid\tCTID\tName\n" + self + "\t0\t" + name, "", 0}));
  EXPECT_EQ(host_.tool("vzpid", {"-p", self}),
            (Said{"Pid\tCT/Pid\tCTID\tName\n" + self + "\t" + self + "\t0\t" + name, "", 0}));
}

TEST_F(ProcessTools, VzpidReadsProcessIdsFromStandardInput) {
  const std::string self = std::to_string(getpid());
  const std::string row = self + "\t0\t" + read_file("/proc/self/comm").value();
  EXPECT_EQ(host_.tool("vzpid", {"-"}, self + " " + self + "\n\n"),
            (Said{"Pid\tCTID\tName\n" + row + row, "", 0}));
  EXPECT_EQ(host_.tool("vzpid", {"-"}), (Said{"Pid\tCTID\tName\n", "", 0}));
}

TEST_F(ProcessTools, VzpidRefusesWhatIsNoProcessId) {
  EXPECT_EQ(host_.tool("vzpid", {}),
            (Said{"", "Usage: vzpid [-p] PID...\n       vzpid [-p] -\nTry 'vzpid --help'.\n", 1}));
  for (const char* bad : {"x", "", "1.5", "99999999999999999999", "2147483648", "../1", "\"1\""}) {
    EXPECT_EQ(host_.tool("vzpid", {bad}),
              (Said{"Pid\tCTID\tName\n", std::string("vzpid: not a process id: ") + bad + "\n", 1}));
  }
  EXPECT_EQ(host_.tool("vzpid", {"--", "-1"}).err, "vzpid: not a process id: -1\n");
  EXPECT_EQ(host_.tool("vzpid", {"1\n2"}).err, "vzpid: not a process id: 1?2\n");
  EXPECT_THAT(host_.tool("vzpid", {"-h"}).out, StartsWith("Usage: vzpid [-p] PID...\n"));
}

TEST_F(ProcessTools, VzcpucheckComparesWhatIsPromisedWithWhatThereIs) {
  host_.files().write("proc/cpuinfo",
                      "processor\t: 0\nbogomips\t: 20.50\n\nprocessor\t: 1\nBogoMIPS : 20.50\n");
  EXPECT_EQ(host_.tool("vzcpucheck", {}),
            (Said{"Current CPU utilization: 1000\nPower of the node: 1025\n", "", 0}));
  EXPECT_EQ(host_.tool("vzcpucheck", {"-v"}),
            (Said{"VEID\t\tCPUUNITS\n-------------------------\n0\t\t1000\nCurrent CPU utilization: 1000\n"
                  "Power of the node: 1025\n",
                  "", 0}));
  host_.files().write("etc/vz/vz.conf", "VE0CPUUNITS=2000\n");
  EXPECT_EQ(host_.tool("vzcpucheck", {}), (Said{"Current CPU utilization: 2000\nPower of the node: 1025\n"
                                                "Warning: hardware node is overcommitted\n",
                                                "", 0}));
}

TEST_F(ProcessTools, OutputThatCannotBeWrittenIsAnError) {
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) GTEST_SKIP() << "SKIPPED: there is no /dev/full here";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"vzpid", "1"}, std::vector<std::string>{"vzubc", "--help"},
        std::vector<std::string>{"vzps", "--help"}}) {
    Command command;
    command.argv = words;
    command.argv.front() = std::string(VZ_TOOLS_DIR) + "/" + words.front();
    command.stdout_fd = full.get();
    const auto finished = run(command);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->exit_code, 1) << words.front();
    EXPECT_EQ(finished->errors, words.front() + ": the output cannot be written\n");
  }
}

TEST_F(ProcessTools, VzcpucheckRefusesWords) {
  EXPECT_EQ(host_.tool("vzcpucheck", {"101"}).code, 2);
  EXPECT_EQ(host_.tool("vzcpucheck", {"-x"}).code, 2);
  host_.files().write("proc/cpuinfo", "processor: 0\n");
  EXPECT_EQ(host_.tool("vzcpucheck", {}),
            (Said{"", "vzcpucheck: /proc/cpuinfo does not tell how fast the CPUs are (bogomips)\n", 1}));
}

}  // namespace
}  // namespace vz
