#include "libvz/core/fd.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "libvz/core/process.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesItsDescriptorWhenItGoes) {
  int number = -1;
  {
    const Fd fd(open("/dev/null", O_RDONLY));
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, MovesItsDescriptorAndClosesTheOneThatWasThere) {
  Fd first(open("/dev/null", O_RDONLY));
  Fd second(open("/dev/null", O_RDONLY));
  const int kept = first.get();
  const int closed = second.get();
  second = std::move(first);
  EXPECT_EQ(second.get(), kept);
  EXPECT_TRUE(is_open(kept));
  EXPECT_FALSE(is_open(closed));
}

TEST(Fd, LeavesAReleasedDescriptorOpen) {
  Fd fd(open("/dev/null", O_RDONLY));
  const int number = fd.release();
  fd.reset();
  EXPECT_TRUE(is_open(number));
  close(number);
}

TEST(Fd, OpensNothingThatAnotherProgramWouldInherit) {
  auto file = open_file("/dev/null", O_RDONLY);
  auto pipe = make_pipe();
  ASSERT_TRUE(file && pipe);
  for (const int fd : {file->get(), pipe->read.get(), pipe->write.get()}) {
    EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
  ASSERT_TRUE(set_cloexec(file->get(), false));
  EXPECT_EQ(fcntl(file->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Fd, NamesTheFileThatDoesNotOpen) {
  const auto file = open_file("/nowhere/at/all", O_RDONLY);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().text(), "open /nowhere/at/all: No such file or directory");
}

TEST(ReadAll, ReadsMoreThanAPipeHolds) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const std::string sent(1 << 20, 'x');
  std::thread writer([&] {
    (void)write_all(pipe->write.get(), sent);
    pipe->write.reset();
  });
  const auto got = read_all(pipe->read.get());
  writer.join();
  ASSERT_TRUE(got);
  EXPECT_TRUE(*got == sent);
}

TEST(ReadAll, RefusesMoreThanTheLimit) {
  const TestDirectory directory;
  directory.write("file", "12345");
  auto file = open_file(directory / "file", O_RDONLY);
  ASSERT_TRUE(file);
  EXPECT_FALSE(read_all(file->get(), 4));
  ASSERT_EQ(lseek(file->get(), 0, SEEK_SET), 0);
  EXPECT_EQ(read_all(file->get(), 5).value_or(""), "12345");
}

TEST(SilenceStandardStreams, LeadsAllThreeNowhereAlsoClosedOnes) {
  for (const int closed : {-1, 0, 2}) {
    const auto looked = run_in_child("the test", [closed]() -> Result<void> {
      if (closed >= 0) close(closed);
      VZ_TRY(silence_standard_streams());
      for (int fd = 0; fd <= 2; ++fd) {
        VZ_ASSIGN(const std::string to, read_link("/proc/self/fd/" + std::to_string(fd)));
        if (to != "/dev/null") return fail(ExitCode::system, std::to_string(fd) + " leads to " + to);
        if (fcntl(fd, F_GETFD) != 0) return fail(ExitCode::system, "closed by exec");
      }
      return {};
    });
    EXPECT_TRUE(looked) << looked.error().text();
  }
}

TEST(WriteAll, SaysWhyItCannot) {
  auto file = open_file("/dev/full", O_WRONLY);
  ASSERT_TRUE(file);
  EXPECT_EQ(write_all(file->get(), "x").error().errno_value(), ENOSPC);
}

}  // namespace
}  // namespace vz
