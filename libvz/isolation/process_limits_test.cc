#include "libvz/isolation/process_limits.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libvz/core/process.h"

namespace vz {
namespace {

using ::testing::IsEmpty;

TEST(ProcessLimits, AreThoseOfTheConfiguration) {
  Parameters parameters;
  EXPECT_FALSE(process_limits_of(parameters).open_files);
  parameters.numfile = BarrierLimit{100, 200};
  parameters.lockedpages = BarrierLimit{1, 2};
  parameters.privvmpages = BarrierLimit{10, kUnlimited};
  const ProcessLimits limits = process_limits_of(parameters);
  EXPECT_EQ(limits.open_files, 200U);
  EXPECT_EQ(limits.locked_bytes, 2U * static_cast<unsigned>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(limits.data_bytes, kUnlimited);
  EXPECT_FALSE(limits.pending_signals);
}

TEST(ProcessLimits, LeaveAddressSpaceAloneWhereMemoryIsLimitedAsAWhole) {
  Parameters parameters;
  parameters.privvmpages = BarrierLimit{10, 10};
  EXPECT_TRUE(process_limits_of(parameters).data_bytes);
  parameters.physpages = BarrierLimit{0, 1000};
  EXPECT_FALSE(process_limits_of(parameters).data_bytes);
}

// The test's own limits stay: all is done in a child.
Result<void> in_child(const std::function<Result<void>()>& body) {
  return run_in_child("test", body);
}

TEST(ProcessLimits, HoldTheProcessAndThoseThatItStarts) {
  const auto done = in_child([]() -> Result<void> {
    ProcessLimits limits;
    limits.open_files = 20;
    VZ_ASSIGN(const auto lower, limit_process(getpid(), limits));
    if (!lower.empty()) return fail(ExitCode::system, "not lowered");
    return in_child([]() -> Result<void> {
      for (int i = 0; i < 20; ++i) {
        if (open("/dev/null", O_RDONLY) < 0) {
          return errno == EMFILE ? Result<void>{} : fail_errno(ExitCode::system, "open");
        }
      }
      return fail(ExitCode::system, "20 more files could be opened");
    });
  });
  EXPECT_TRUE(done) << done.error().text();
}

TEST(ProcessLimits, KeepALowerSoftLimitThatTheProcessChose) {
  const auto done = in_child([]() -> Result<void> {
    const rlimit chosen{30, 100};
    setrlimit(RLIMIT_NOFILE, &chosen);
    ProcessLimits limits;
    limits.open_files = 50;
    VZ_TRY(limit_process(getpid(), limits));
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    if (now.rlim_cur == 30 && now.rlim_max == 50) return {};
    return fail(ExitCode::system, std::to_string(now.rlim_cur) + "/" + std::to_string(now.rlim_max));
  });
  EXPECT_TRUE(done) << done.error().text();
}

TEST(ProcessLimits, ReachProcessesThatComeWhileTheyAreSet) {
  const auto done = in_child([]() -> Result<void> {
    int calls = 0;
    ProcessLimits limits;
    limits.open_files = 40;
    VZ_ASSIGN(Child later, fork_child([] {
                pause();
                return 0;
              }));
    VZ_TRY(limit_processes(
        [&]() -> Result<std::vector<pid_t>> {
          ++calls;
          return calls == 1 ? std::vector<pid_t>{getpid()} : std::vector<pid_t>{getpid(), later.pid()};
        },
        limits));
    rlimit now{};
    prlimit(later.pid(), RLIMIT_NOFILE, nullptr, &now);
    if (now.rlim_max == 40) return {};
    return fail(ExitCode::system, "the second process kept its limit");
  });
  EXPECT_TRUE(done) << done.error().text();
}

TEST(ProcessLimits, DoNotMindAProcessThatIsGone) {
  ProcessLimits limits;
  limits.open_files = 40;
  Child gone = *fork_child([] { return 0; });
  const pid_t pid = gone.pid();
  ASSERT_TRUE(gone.wait());
  const auto lower = limit_process(pid, limits);
  ASSERT_TRUE(lower) << lower.error().text();
  EXPECT_THAT(*lower, IsEmpty());
}

}  // namespace
}  // namespace vz
