#include "libvz/core/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "libvz/core/interrupt.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

Command shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  command.timeout = std::chrono::seconds(20);
  return command;
}

// Of a command that must run to its end.
Finished finished(const Command& command) {
  auto result = run(command);
  EXPECT_TRUE(result) << result.error().text();
  return result ? *result : Finished{};
}

milliseconds time_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

bool lives(pid_t pid) {
  return kill(pid, 0) == 0;
}

TEST(Run, HandsBackBothOutputsAndTheStatus) {
  const Finished done = finished(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(done.output, "out\n");
  EXPECT_EQ(done.errors, "err\n");
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_FALSE(done.ok());
  EXPECT_EQ(done.describe(), "exited with status 3: err");
}

TEST(Run, TellsTheSignalThatEndedAProgram) {
  const Finished done = finished(shell("kill -TERM $$"));
  EXPECT_EQ(done.signal, SIGTERM);
  EXPECT_EQ(done.describe(), "terminated by signal 15");
}

TEST(Run, IsAnErrorWhenThereIsNoSuchProgram) {
  for (const char* name : {"/no/such/program", "no-such-program-anywhere"}) {
    Command command;
    command.argv = {name};
    auto result = run(command);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().text(), HasSubstr(std::string("exec ") + name));
    EXPECT_EQ(result.error().errno_value(), ENOENT);
  }
}

TEST(Run, PassesArgumentsAsTheyAre) {
  Command command;
  command.argv = {"printf", "%s|", "a b", "$HOME", "`id`", "", "'\"\n"};
  EXPECT_EQ(finished(command).output, "a b|$HOME|`id`||'\"\n|");
}

TEST(Run, GivesOnlyTheEnvironmentThatIsNamed) {
  setenv("VZ_TEST_SECRET", "x", 1);
  EXPECT_THAT(finished(shell("env")).output, ::testing::Not(HasSubstr("VZ_TEST_SECRET")));
  Command command = shell("echo $ONLY");
  command.environment = {"ONLY=this"};
  EXPECT_EQ(finished(command).output, "this\n");
}

TEST(Run, GivesNoDescriptorButThoseThatAreNamed) {
  const Fd stray(open("/dev/null", O_RDONLY));
  ASSERT_TRUE(set_cloexec(stray.get(), false));
  const Fd named(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Command command =
      shell("test -e /proc/self/fd/$1 && echo stray; test -e /proc/self/fd/$2 && echo named; true");
  command.argv.insert(command.argv.end(), {"sh", std::to_string(stray.get()), std::to_string(named.get())});
  command.keep_fds = {named.get()};
  EXPECT_EQ(finished(command).output, "named\n");
}

TEST(Run, FeedsMoreInputThanAPipeHolds) {
  Command command = shell("cat");
  command.input = std::string(1 << 20, 'x');
  EXPECT_TRUE(finished(command).output == *command.input);
}

TEST(Run, DoesNotMindAProgramThatLeavesItsInputUnread) {
  Command command = shell("exec true");
  command.input = std::string(1 << 20, 'x');
  EXPECT_TRUE(finished(command).ok());
}

TEST(Run, GivesAnEmptyInputWhenThereIsNone) {
  EXPECT_EQ(finished(shell("cat; echo end")).output, "end\n");
}

TEST(Run, PutsDescriptorsWhereTheyBelong) {
  const TestDirectory directory;
  const Fd out(open((directory / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  Command command = shell("echo one; echo two >&2");
  command.stdout_fd = out.get();
  EXPECT_EQ(finished(command).errors, "two\n");
  EXPECT_EQ(directory.read("out"), "one\n");
}

TEST(Run, StartsInTheDirectoryThatIsNamed) {
  Command command = shell("pwd");
  command.directory = "/proc";
  EXPECT_EQ(finished(command).output, "/proc\n");
  command.directory = "/no/such/directory";
  EXPECT_THAT(run(command).error().text(), HasSubstr("chdir /no/such/directory"));
}

TEST(Run, KillsAProgramThatTakesTooLong) {
  Command command = shell("echo $$; exec sleep 60");
  command.timeout = milliseconds(100);
  EXPECT_LT(time_of([&] { EXPECT_EQ(run(command).error().errno_value(), ETIMEDOUT); }), milliseconds(5000));
}

TEST(Run, KillsAProgramThatClosesItsOutputAndTakesTooLong) {
  const TestDirectory directory;
  Command command = shell("echo $$ >" + (directory / "pid") + "; exec sleep 60 >/dev/null 2>&1");
  command.timeout = milliseconds(500);
  EXPECT_LT(time_of([&] { EXPECT_EQ(run(command).error().errno_value(), ETIMEDOUT); }), milliseconds(5000));
  EXPECT_FALSE(lives(std::stoi(directory.read("pid"))));
}

TEST(Run, ReportsWhatPreparationFoundWrong) {
  Command command = shell("echo ran");
  command.prepare = [] { return Result<void>(fail_errno(ExitCode::no_access, "drop rights", EPERM)); };
  auto result = run(command);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ExitCode::no_access);
  EXPECT_THAT(result.error().text(), HasSubstr("drop rights: Operation not permitted"));
}

TEST(Run, StartsProgramsWithSignalsInTheirDefaultState) {
  signal(SIGUSR1, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  const std::string status = finished(shell("cat /proc/self/status")).output;
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  signal(SIGUSR1, SIG_DFL);
  EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("SigIgn:\t0000000000000000"));
}

TEST(RunChecked, MakesAnythingButSuccessAnErrorWithTheCode) {
  EXPECT_EQ(run_checked(shell("echo fine"), ExitCode::system).value_or(""), "fine\n");
  auto failed = run_checked(shell("echo broken >&2; exit 1"), ExitCode::cannot_mount);
  EXPECT_EQ(failed.error().code(), ExitCode::cannot_mount);
  EXPECT_THAT(failed.error().text(), HasSubstr("exited with status 1: broken"));
  Command missing;
  missing.argv = {"/no/such/program"};
  EXPECT_EQ(run_checked(missing, ExitCode::cannot_mount).error().code(), ExitCode::cannot_mount);
}

TEST(Child, IsKilledAndReapedWhenItGoes) {
  pid_t pid = 0;
  {
    auto child = start(shell("exec sleep 60"));
    ASSERT_TRUE(child);
    pid = child->pid();
    EXPECT_TRUE(lives(pid));
  }
  EXPECT_FALSE(lives(pid));
}

TEST(Child, HandsBackItsWaitStatus) {
  auto child = fork_child([] { return 7; });
  ASSERT_TRUE(child);
  const auto status = child->wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(WEXITSTATUS(*status), 7);
}

TEST(RunInChild, HandsTheResultBack) {
  const pid_t caller = getpid();
  EXPECT_TRUE(run_in_child("helper", [&]() -> Result<void> {
    if (getpid() == caller) return fail(ExitCode::system, "not in a child");
    return {};
  }));
  const auto failed = run_in_child("helper", [] { return Result<void>(fail(ExitCode::no_access, "no")); });
  EXPECT_EQ(failed.error().code(), ExitCode::no_access);
  EXPECT_EQ(failed.error().text(), "no");
}

TEST(RunInChild, SaysSoWhenTheChildDies) {
  const auto died = run_in_child("helper", []() -> Result<void> {
    raise(SIGKILL);
    return {};
  });
  EXPECT_THAT(died.error().text(), HasSubstr("helper ended without reporting a result"));
}

TEST(RunInChild, WorksAcrossTheBorderOfAPidNamespace) {
  const auto done = run_in_child("helper", []() -> Result<void> {
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0) return {};  // not for this user on this machine
    return run_in_child("inner helper", []() -> Result<void> {
      return getpid() == 1 ? Result<void>{} : fail(ExitCode::system, "not the first process");
    });
  });
  EXPECT_TRUE(done) << done.error().text();
}

TEST(RunInChild, KillsAChildThatTakesTooLong) {
  const auto slow = [] {
    return run_in_child(
        "helper",
        []() -> Result<void> {
          sleep(60);
          return {};
        },
        milliseconds(100));
  };
  EXPECT_LT(time_of([&] { EXPECT_EQ(slow().error().errno_value(), ETIMEDOUT); }), milliseconds(5000));
}

TEST(CloseOtherFds, KeepsThoseThatAreNamed) {
  EXPECT_TRUE(run_in_child("helper", []() -> Result<void> {
    const int kept = fcntl(0, F_DUPFD, 50);
    const int closed = fcntl(0, F_DUPFD, 40);
    const int report = fcntl(0, F_DUPFD, 60);
    // The pipe of run_in_child() has to stay, and what number it has is not ours to know.
    std::vector<int> keep = {report, kept, kept, 0};
    for (int fd = 3; fd < 40; ++fd) keep.push_back(fd);
    close_other_fds(keep);
    if (fcntl(kept, F_GETFD) < 0 || fcntl(report, F_GETFD) < 0)
      return fail(ExitCode::system, "closed too much");
    if (fcntl(closed, F_GETFD) >= 0) return fail(ExitCode::system, "left one open");
    return {};
  }));
}

TEST(FindProgram, LooksInTheDefaultPathOnly) {
  EXPECT_THAT(find_program("sh"), ::testing::StartsWith("/"));
  EXPECT_EQ(find_program("./sh"), "./sh");
  EXPECT_EQ(find_program("no-such-program-anywhere"), "no-such-program-anywhere");
}

TEST(OpenPidfd, SaysThatThereIsNoSuchProcess) {
  EXPECT_TRUE(open_pidfd(getpid()));
  auto child = fork_child([] { return 0; });
  ASSERT_TRUE(child);
  const pid_t pid = child->pid();
  ASSERT_TRUE(child->wait());
  EXPECT_EQ(open_pidfd(pid).error().errno_value(), ESRCH);
}

}  // namespace
}  // namespace vz
