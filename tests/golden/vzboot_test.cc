// vzboot with a vzctl that only takes notes.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/host/run_state.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Notes "+ word id" and "- word id" and keeps the run state as vzctl would. What is in hook is done first: it
// may fail or wait, knowing $word and $id.
constexpr const char* kVzctl =
    "#!/bin/sh\n"
    "p=$VZ_PREFIX\n"
    "if [ \"$1\" = --quiet ]; then shift; fi\n"
    "if [ \"$1\" = --skiplock ]; then shift; set -- \"skiplock-$@\"; fi\n"
    "word=$1 id=$2; shift 2\n"
    "if [ $word = set ]; then echo \"set $id $*\" >>$p/log; exit 0; fi\n"
    "echo \"+ $word $id\" >>$p/log\n"
    "[ ! -e $p/hook ] || . $p/hook\n"
    "case $word in\n"
    "start) mkdir -p $p/run/vz/$id; cp $p/init-state $p/run/vz/$id/state ;;\n"
    "*) rm -rf $p/run/vz/$id ;;\n"
    "esac\n"
    "echo \"- $word $id\" >>$p/log\n"
    "echo output of $word\n";

class Vzboot : public testing::Test {
 protected:
  Vzboot() {
    host_.files().write(std::string(VZ_SBINDIR "/vzctl").substr(1), kVzctl);
    chmod((host_.files() / VZ_SBINDIR "/vzctl").c_str(), 0755);
    host_.files().write("init-state", "INIT_PID=" + std::to_string(getpid()) + "\nINIT_START=" +
                                          std::to_string(*process_start_time(getpid())) + "\n");
    settings("VE_PARALLEL=1\n");
  }

  void settings(const std::string& text) {
    if (vz_conf_.empty()) vz_conf_ = host_.files().read("etc/vz/vz.conf");
    host_.files().write("etc/vz/vz.conf", vz_conf_ + text);
  }
  Said run(const std::string& action) const { return host_.tool("vzboot", {action}); }
  void hook(const std::string& text) const { host_.files().write("hook", text); }
  void no_hook() const { unlink((host_.files() / "hook").c_str()); }
  void make_running(const std::string& id) const {
    host_.files().write("run/vz/" + id + "/state", host_.files().read("init-state"));
  }
  void mark(const std::string& id) const { host_.files().write("var/lib/vzctl/vzreboot/" + id, ""); }
  std::vector<std::string> marks() const {
    return list_directory(host_.files() / "var/lib/vzctl/vzreboot").value_or(std::vector<std::string>{});
  }
  // And forgets it.
  std::vector<std::string> log() const {
    const auto lines = split(read_file(host_.files() / "log").value_or(""), "\n");
    unlink((host_.files() / "log").c_str());
    return lines;
  }
  // Only the beginnings.
  std::vector<std::string> begun() const {
    std::vector<std::string> words;
    for (const auto& line : log()) {
      if (line.starts_with("+ ")) words.push_back(line.substr(2));
    }
    return words;
  }
  // /run is empty.
  void reboot() const { (void)remove_tree(host_.files() / "run"); }

  Host host_;
  std::string vz_conf_;
};

TEST_F(Vzboot, StartsTheOnesThatAskForItAndTheOnesThatRanHighestOrderFirst) {
  host_.add_container("101", "ONBOOT=\"yes\"\n");
  host_.add_container("102", "ONBOOT=\"yes\"\nBOOTORDER=\"5\"\n");
  host_.add_container("103", "ONBOOT=\"yes\"\nBOOTORDER=\"10\"\n");
  host_.add_container("104", "ONBOOT=\"no\"\n");
  host_.add_container("105");
  host_.add_container("106", "BOOTORDER=\"5\"\n");
  host_.add_container("107", "ONBOOT=\"yes\"\nDISABLED=\"yes\"\n");
  for (const char* id : {"104", "106", "999"}) mark(id);
  const Said said = run("start");
  EXPECT_EQ(said, (Said{"Starting CT: 103\nContainer 103 start: ok\n"
                        "Starting CT: 102 106\nContainer 102 start: ok\nContainer 106 start: ok\n"
                        "Starting CT: 101\nContainer 101 start: ok\n",
                        "", 0}));
  EXPECT_THAT(begun(), ElementsAre("start 103", "start 102", "start 106", "start 101"));
  EXPECT_THAT(marks(), IsEmpty());
  EXPECT_EQ(run("start"), (Said{"", "", 0}));
  EXPECT_THAT(log(), IsEmpty());
}

TEST_F(Vzboot, ShutdownSuspendsInReverseAndTheNextBootBringsBackWhatRan) {
  host_.add_container("101");
  host_.add_container("102", "BOOTORDER=\"5\"\n");
  host_.add_container("103", "BOOTORDER=\"10\"\n");
  for (const char* id : {"101", "102", "103"}) make_running(id);
  EXPECT_EQ(run("stop"), (Said{"Suspending CT: 101\nContainer 101 suspend: ok\n"
                               "Suspending CT: 102\nContainer 102 suspend: ok\n"
                               "Suspending CT: 103\nContainer 103 suspend: ok\n",
                               "", 0}));
  EXPECT_THAT(begun(), ElementsAre("suspend 101", "suspend 102", "suspend 103"));
  EXPECT_THAT(marks(), ElementsAre("101", "102", "103"));
  reboot();
  EXPECT_EQ(run("start").code, 0);
  EXPECT_THAT(begun(), ElementsAre("start 103", "start 102", "start 101"));
  EXPECT_THAT(marks(), IsEmpty());
}

TEST_F(Vzboot, StopModeStopLiftsLimitsAndStops) {
  settings("VE_PARALLEL=1\nVE_STOP_MODE=stop\n");
  host_.add_container("101");
  make_running("101");
  EXPECT_EQ(run("stop"), (Said{"Stopping CT: 101\nContainer 101 stop: ok\n", "", 0}));
  EXPECT_THAT(log(), ElementsAre("set 101 --cpuunits 2000 --cpulimit 0 --iolimit 0 --iopslimit 0",
                                 "+ stop 101", "- stop 101"));
}

TEST_F(Vzboot, WhatCannotBeSuspendedIsStopped) {
  host_.add_container("101");
  make_running("101");
  hook("[ $word != suspend ] || exit 16\n");
  EXPECT_EQ(run("stop").code, 0);
  EXPECT_THAT(begun(), ElementsAre("suspend 101", "stop 101"));
}

TEST_F(Vzboot, TheLastAttemptDisregardsTheLock) {
  host_.add_container("101");
  make_running("101");
  hook("case $word in skiplock-*) ;; *) echo locked; exit 9 ;; esac\n");
  EXPECT_EQ(run("stop").code, 0);
  EXPECT_THAT(begun(),
              ElementsAre("suspend 101", "stop 101", "suspend 101", "stop 101", "skiplock-stop 101"));
}

TEST_F(Vzboot, OneThatDoesNotStopIsAnErrorAndTheOthersStopAllTheSame) {
  host_.add_container("101");
  host_.add_container("102");
  make_running("101");
  make_running("102");
  hook("[ $id != 101 ] || exit 33\n");
  const Said said = run("stop");
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("Still running: 101\n"));
  EXPECT_THAT(begun(), testing::Contains("suspend 102"));
  EXPECT_THAT(marks(), ElementsAre("101", "102"));
}

TEST_F(Vzboot, OneThatDoesNotStartIsReportedAndKeepsItsMark) {
  host_.add_container("101", "BOOTORDER=\"1\"\n");
  host_.add_container("102");
  mark("101");
  mark("102");
  hook("[ $id != 101 ] || { echo the reason >&2; exit 47; }\n");
  const Said said = run("start");
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "Container 101 start: failed with exit code 47\n  the reason\n");
  EXPECT_THAT(begun(), ElementsAre("start 101", "start 102"));
  EXPECT_THAT(marks(), ElementsAre("101"));
}

// Largest number of calls that ran side by side.
int most_at_once(const std::vector<std::string>& log) {
  int now = 0;
  int most = 0;
  for (const auto& line : log) {
    now += line.starts_with("+ ") ? 1 : -1;
    most = std::max(most, now);
  }
  return most;
}

TEST_F(Vzboot, AsManySideBySideAsIsAllowedAndNoMore) {
  settings("VE_PARALLEL=3\n");
  for (int id = 101; id < 109; ++id) host_.add_container(std::to_string(id), "ONBOOT=\"yes\"\n");
  hook("sleep 0.2\n");
  EXPECT_EQ(run("start").code, 0);
  EXPECT_EQ(most_at_once(log()), 3);
}

TEST_F(Vzboot, AGroupWaitsForTheOneBefore) {
  settings("VE_PARALLEL=8\n");
  for (const char* id : {"101", "102"}) host_.add_container(id, "ONBOOT=\"yes\"\nBOOTORDER=\"9\"\n");
  host_.add_container("103", "ONBOOT=\"yes\"\n");
  hook("sleep 0.2\n");
  EXPECT_EQ(run("start").code, 0);
  const auto lines = log();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_THAT((std::vector<std::string>{lines[0], lines[1]}),
              UnorderedElementsAre("+ start 101", "+ start 102"));
  EXPECT_EQ(lines[4], "+ start 103");
}

class KilledVzboot : public Vzboot {
 protected:
  // Runs it until vzctl has been called for that container, and kills it.
  void kill_in(const std::string& action, const std::string& id, int signal) {
    hook("[ $id != " + id + " ] || { : >$p/reached; sleep 0.5; }\n");
    Command command;
    command.argv = {VZ_TOOLS_DIR "/vzboot", action};
    command.environment.push_back("VZ_PREFIX=" + host_.files().path());
    command.stdout_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    command.stderr_fd = command.stdout_fd;
    Child child = start(command).value();
    while (!exists(host_.files() / "reached")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child.pid(), signal);
    (void)child.wait();
    close(command.stdout_fd);
    no_hook();
    // The vzctl that is left comes to its end.
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
  }
};

TEST_F(KilledVzboot, AKilledBootIsFinishedByTheNext) {
  for (const char* id : {"101", "102", "103"}) {
    host_.add_container(id);
    mark(id);
  }
  kill_in("start", "102", SIGKILL);
  EXPECT_THAT(begun(), ElementsAre("start 101", "start 102"));
  EXPECT_EQ(run("start").code, 0);
  EXPECT_THAT(begun(), ElementsAre("start 103"));
  EXPECT_THAT(marks(), IsEmpty());
}

TEST_F(KilledVzboot, AKilledBootAndAShutdownForgetNobody) {
  for (const char* id : {"101", "102", "103"}) {
    host_.add_container(id);
    mark(id);
  }
  kill_in("start", "101", SIGKILL);
  EXPECT_EQ(run("stop").code, 0);
  reboot();
  (void)log();
  EXPECT_EQ(run("start").code, 0);
  EXPECT_THAT(begun(), ElementsAre("start 101", "start 102", "start 103"));
}

TEST_F(KilledVzboot, AKilledShutdownIsFinishedByTheNextAndForgetsNobody) {
  for (const char* id : {"101", "102", "103"}) {
    host_.add_container(id);
    make_running(id);
  }
  kill_in("stop", "102", SIGKILL);
  (void)log();
  EXPECT_EQ(run("stop").code, 0);
  EXPECT_THAT(begun(), ElementsAre("suspend 103"));
  EXPECT_THAT(marks(), ElementsAre("101", "102", "103"));
}

TEST_F(KilledVzboot, AnInterruptLetsWhatRunsComeToItsEndAndBeginsNoMore) {
  for (const char* id : {"101", "102", "103"}) host_.add_container(id, "ONBOOT=\"yes\"\n");
  kill_in("start", "102", SIGTERM);
  EXPECT_THAT(log(), ElementsAre("+ start 101", "- start 101", "+ start 102", "- start 102"));
}

TEST_F(Vzboot, AContainerThatWasStoppedByHandIsNotMarkedAtTheNextShutdown) {
  for (const char* id : {"101", "102"}) {
    host_.add_container(id);
    mark(id);
  }
  EXPECT_EQ(run("start").code, 0);
  (void)remove_tree(host_.files() / "run/vz/101");
  EXPECT_EQ(run("stop").code, 0);
  EXPECT_THAT(marks(), ElementsAre("102"));
  EXPECT_EQ(run("stop"), (Said{"", "", 0}));
  EXPECT_THAT(marks(), ElementsAre("102"));
}

TEST_F(Vzboot, StatusIsThatOfAnInitScript) {
  EXPECT_EQ(run("status"), (Said{"OpenVZ is stopped.\n", "", 3}));
  EXPECT_EQ(run("start"), (Said{"", "", 0}));
  EXPECT_EQ(run("status"), (Said{"OpenVZ is running...\n", "", 0}));
  EXPECT_EQ(run("stop").code, 0);
  EXPECT_EQ(run("status").code, 3);
  host_.add_container("101");
  make_running("101");
  EXPECT_EQ(run("status").code, 0);
}

TEST_F(Vzboot, RestartStopsAndStarts) {
  host_.add_container("101");
  make_running("101");
  EXPECT_EQ(run("restart").code, 0);
  EXPECT_THAT(begun(), ElementsAre("suspend 101", "start 101"));
  EXPECT_EQ(run("force-reload").code, 0);
  EXPECT_THAT(begun(), ElementsAre("suspend 101", "start 101"));
}

TEST_F(Vzboot, TheHostsOwnSettingsComeFirst) {
  settings("VE0CPUUNITS=\"1500\"\n");
  host_.files().write("etc/vz/conf/0.conf", "ONBOOT=\"yes\"\n");
  host_.add_container("101", "ONBOOT=\"yes\"\n");
  EXPECT_EQ(run("start").code, 0);
  EXPECT_THAT(log(), ElementsAre("set 0 --cpuunits 1500", "set 0 --reset_ub", "+ start 101", "- start 101"));
}

TEST_F(Vzboot, SwitchedOffItDoesNothing) {
  settings("VIRTUOZZO=no\n");
  host_.add_container("101", "ONBOOT=\"yes\"\n");
  for (const char* action : {"start", "stop", "status", "restart"}) EXPECT_EQ(run(action), (Said{"", "", 0}));
  EXPECT_THAT(log(), IsEmpty());
}

TEST_F(Vzboot, WhatIsMissingIsToldByItsExitCode) {
  ASSERT_EQ(unlink((host_.files() / VZ_SBINDIR "/vzctl").c_str()), 0);
  EXPECT_EQ(run("start").code, 5);
  ASSERT_EQ(unlink((host_.files() / "etc/vz/vz.conf").c_str()), 0);
  EXPECT_EQ(run("start").code, 6);
  const Said usage = run("reload");
  EXPECT_EQ(usage.code, 3);
  EXPECT_EQ(usage.out, "");
  EXPECT_THAT(usage.err, HasSubstr("Usage: vzboot {start|stop|status|restart|force-reload}\n"));
}

TEST_F(Vzboot, SettingsThatMakeNoSenseAreReported) {
  settings("VE_PARALLEL=\"0\"\nVE_STOP_MODE=\"halt\"\n");
  const Said said = run("status");
  EXPECT_THAT(said.err, HasSubstr("VE_PARALLEL (\"0\")"));
  EXPECT_THAT(said.err, HasSubstr("VE_STOP_MODE (\"halt\")"));
}

TEST_F(Vzboot, TwoAreNotAtWorkAtOnce) {
  (void)make_directories(host_.files() / "run/vz");
  const Fd fd = open_file(host_.files() / "run/vz/boot.lock", O_RDWR | O_CREAT, 0600).value();
  ASSERT_EQ(flock(fd.get(), LOCK_EX), 0);
  host_.add_container("101", "ONBOOT=\"yes\"\n");
  EXPECT_EQ(run("start").code, 1);
  EXPECT_THAT(log(), IsEmpty());
}

}  // namespace
}  // namespace vz
