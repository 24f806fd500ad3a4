#include "libvz/config/lock.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include "libvz/core/process.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Lock : public testing::Test {
 protected:
  void SetUp() override { paths_.lock = directory_ / "lock"; }
  std::string file() const { return paths_.lock_file(101); }

  TestDirectory directory_;
  Paths paths_{directory_.path()};
};

TEST_F(Lock, HoldsAFileWithThePidWhileItLives) {
  {
    const auto lock = ContainerLock::acquire(paths_, 101);
    ASSERT_TRUE(lock);
    EXPECT_THAT(directory_.read("lock/101.lck"), StartsWith(std::to_string(getpid()) + "\n"));
    EXPECT_THAT(*list_directory(paths_.lock), testing::SizeIs(1));
  }
  EXPECT_FALSE(exists(file()));
}

TEST_F(Lock, SaysWhoHoldsIt) {
  const auto lock = ContainerLock::acquire(paths_, 101);
  testing::internal::CaptureStderr();
  const auto second = ContainerLock::acquire(paths_, 101);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              StartsWith("Locked by: pid " + std::to_string(getpid()) + ", cmdline "));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text(), "Container already locked");
  EXPECT_EQ(second.error().code(), ExitCode::locked);
  EXPECT_THAT(*list_directory(paths_.lock), testing::SizeIs(1));
}

TEST_F(Lock, AForeignFileWithOnlyThePidCounts) {
  directory_.write("lock/101.lck", std::to_string(getppid()) + "\n");
  testing::internal::CaptureStderr();
  EXPECT_FALSE(ContainerLock::acquire(paths_, 101));
  testing::internal::GetCapturedStderr();
}

TEST_F(Lock, AStaleOneIsRemoved) {
  auto dead = fork_child([] { return 0; });
  ASSERT_TRUE(dead);
  const pid_t pid = dead->pid();
  ASSERT_TRUE(dead->wait());
  for (const std::string& content : {std::to_string(pid) + "\n\n", std::string("rubbish\n"),
                                     std::to_string(getpid()) + "\n1:another-boot\n"}) {
    directory_.write("lock/101.lck", content);
    testing::internal::CaptureStdout();
    EXPECT_TRUE(ContainerLock::acquire(paths_, 101)) << content;
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "Removing stale lock file " + file() + "\n");
  }
}

TEST_F(Lock, OneThatHasEndedButWasNotWaitedForHoldsNothing) {
  auto child = fork_child([&]() -> int {
    auto lock = ContainerLock::acquire(paths_, 101);
    _exit(lock ? 0 : 1);
  });
  ASSERT_TRUE(child);
  const auto pidfd = open_pidfd(child->pid());
  pollfd ended{pidfd->get(), POLLIN, 0};
  ASSERT_EQ(poll(&ended, 1, 10000), 1);
  EXPECT_TRUE(exists(file()));
  EXPECT_TRUE(ContainerLock::acquire(paths_, 101));
  EXPECT_EQ(child->wait().value_or(-1), 0);
}

TEST_F(Lock, AForkedChildDoesNotReleaseIt) {
  auto lock = ContainerLock::acquire(paths_, 101);
  ASSERT_TRUE(lock);
  auto child = fork_child([&] {
    lock->release();
    return 0;
  });
  ASSERT_TRUE(child);
  ASSERT_TRUE(child->wait());
  EXPECT_TRUE(exists(file()));
}

TEST_F(Lock, CanBeHandedToAnotherProcess) {
  auto lock = ContainerLock::acquire(paths_, 101);
  ASSERT_TRUE(lock);
  auto go = make_pipe();
  ASSERT_TRUE(go);
  auto child = fork_child([&] {
    go->write.reset();
    (void)read_all(go->read.get());
    auto adopted = ContainerLock::adopt(paths_, 101);
    if (!adopted) return 1;
    adopted->release();
    return exists(file()) ? 2 : 0;
  });
  ASSERT_TRUE(child);
  ASSERT_TRUE(lock->hand_over(child->pid()));
  EXPECT_FALSE(lock->held());
  lock->release();
  EXPECT_TRUE(exists(file()));
  go->write.reset();
  EXPECT_EQ(child->wait(), 0);
}

TEST_F(Lock, NeedsADirectory) {
  paths_.lock.clear();
  testing::internal::CaptureStderr();
  const auto lock = ContainerLock::acquire(paths_, 101);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "lockdir is not set\n");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().text(), "Unable to lock container");
  EXPECT_EQ(lock.error().code(), ExitCode::system);
}

}  // namespace
}  // namespace vz
