#include "libvz/core/interrupt.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/process.h"
#include "libvz/core/undo.h"

namespace vz {
namespace {

// The request is the process's for good, so every test has a process of its own.
Result<void> in_child(const std::function<Result<void>()>& body) {
  return run_in_child("the test", body, std::chrono::seconds(20));
}

Result<void> expect(bool condition, const char* what) {
  return condition ? Result<void>{} : fail(ExitCode::system, what);
}

#define EXPECT_FINE(...)                            \
  do {                                              \
    const Result<void> result_ = (__VA_ARGS__);     \
    EXPECT_TRUE(result_) << result_.error().text(); \
  } while (false)

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, 0) == 1;
}

TEST(Interrupt, IsARequestAndNotTheEnd) {
  EXPECT_FINE(in_child([]() -> Result<void> {
    catch_interrupts();
    VZ_TRY(expect(!interrupted() && !readable(interrupt_fd()), "a request before the signal"));
    VZ_TRY(check_interrupt());
    raise(SIGINT);
    VZ_TRY(expect(interrupted() && readable(interrupt_fd()), "no request after the signal"));
    const auto checked = check_interrupt();
    return expect(!checked && checked.error().errno_value() == EINTR, "not told as an interrupt");
  }));
}

TEST(Interrupt, IsAnnouncedOnce) {
  ::testing::internal::CaptureStderr();
  EXPECT_FINE(in_child([]() -> Result<void> {
    catch_interrupts();
    raise(SIGTERM);
    raise(SIGINT);
    return {};
  }));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "\nCancelling...\n");
}

TEST(Interrupt, EndsAProgramThatIsWaitedFor) {
  EXPECT_FINE(in_child([]() -> Result<void> {
    catch_interrupts();
    Command command;
    command.argv = {"sh", "-c", "kill -INT $PPID; exec sleep 60"};
    const auto done = run(command);
    return expect(!done && done.error().errno_value() == EINTR, "the program was not given up");
  }));
}

TEST(Interrupt, IsNotSeenBehindAShield) {
  EXPECT_FINE(in_child([]() -> Result<void> {
    catch_interrupts();
    raise(SIGINT);
    {
      const InterruptShield outer;
      const InterruptShield inner;
      VZ_TRY(expect(!interrupted() && interrupt_fd() < 0, "seen behind the shield"));
      VZ_TRY(check_interrupt());
      Command command;
      command.argv = {"true"};
      VZ_TRY(run_checked(command, ExitCode::system));
    }
    return expect(interrupted(), "forgotten after the shield");
  }));
}

TEST(Interrupt, DoesNotKeepUndosFromRunningPrograms) {
  EXPECT_FINE(in_child([]() -> Result<void> {
    catch_interrupts();
    bool ran = false;
    {
      UndoStack undo;
      undo.add("run a program", [&ran]() -> Result<void> {
        Command command;
        command.argv = {"true"};
        VZ_TRY(run_checked(command, ExitCode::system));
        ran = true;
        return {};
      });
      raise(SIGINT);
    }
    return expect(ran, "the undo did not run");
  }));
}

}  // namespace
}  // namespace vz
