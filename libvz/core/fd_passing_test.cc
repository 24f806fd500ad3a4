#include "libvz/core/fd_passing.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>

#include "libvz/core/file.h"

namespace vz {
namespace {

class FdPassing : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    std::array<int, 2> pair{};
    ASSERT_EQ(socketpair(AF_UNIX, GetParam() | SOCK_CLOEXEC, 0, pair.data()), 0);
    here_ = Fd(pair[0]);
    there_ = Fd(pair[1]);
  }
  Fd here_;
  Fd there_;
};

size_t open_fds() {
  return list_directory("/proc/self/fd")->size();
}

TEST_P(FdPassing, CarriesTextAndDescriptors) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  ASSERT_TRUE(send_with_fds(here_.get(), "rsync --server", {pipe->read.get(), pipe->write.get()}));
  auto received = receive_with_fds(there_.get(), 100, 2);
  ASSERT_TRUE(received) << received.error().text();
  EXPECT_EQ(received->text, "rsync --server");
  ASSERT_EQ(received->fds.size(), 2U);
  EXPECT_NE(received->fds[0].get(), pipe->read.get());
  EXPECT_EQ(fcntl(received->fds[0].get(), F_GETFD), FD_CLOEXEC);
  ASSERT_TRUE(write_all(received->fds[1].get(), "x"));
  received->fds.clear();
  pipe->write.reset();
  EXPECT_EQ(read_all(pipe->read.get()).value_or(""), "x") << "the same pipe";
}

TEST_P(FdPassing, AnotherNumberThanExpectedIsRefusedAndClosed) {
  const size_t before = open_fds();
  for (const std::vector<int>& fds : {std::vector<int>{0, 1}, std::vector<int>(8, 0), std::vector<int>{0}}) {
    ASSERT_TRUE(send_with_fds(here_.get(), "x", fds));
    EXPECT_FALSE(receive_with_fds(there_.get(), 10, 3));
  }
  ASSERT_EQ(send(here_.get(), "x", 1, 0), 1);
  EXPECT_FALSE(receive_with_fds(there_.get(), 10, 1)) << "none at all";
  EXPECT_EQ(open_fds(), before);
}

TEST_P(FdPassing, TheEndOfTheStreamIsAnError) {
  here_.reset();
  EXPECT_FALSE(receive_with_fds(there_.get(), 10, 1));
}

TEST_P(FdPassing, NothingIsSentThatCannotArrive) {
  EXPECT_FALSE(send_with_fds(here_.get(), "", {0}));
  EXPECT_FALSE(send_with_fds(here_.get(), "x", {}));
  EXPECT_FALSE(send_with_fds(here_.get(), "x", std::vector<int>(kMostPassedFds + 1, 0)));
  EXPECT_FALSE(send_with_fds(here_.get(), "x", {1000000}));
  there_.reset();
  EXPECT_FALSE(send_with_fds(here_.get(), "x", {0})) << "and no SIGPIPE";
}

INSTANTIATE_TEST_SUITE_P(Sockets, FdPassing, testing::Values(SOCK_STREAM, SOCK_SEQPACKET));

TEST(FdPassingOfMessages, AMessageThatIsTooLongIsRefused) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
  const Fd here(pair[0]);
  const Fd there(pair[1]);
  ASSERT_TRUE(send_with_fds(here.get(), "more than four", {0}));
  EXPECT_FALSE(receive_with_fds(there.get(), 4, 1));
}

}  // namespace
}  // namespace vz
