#include "libvz/core/result.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/fd.h"

namespace vz {
namespace {

using ::testing::ElementsAre;

constexpr const char* kUnreadable = "a child process reported something unreadable";

Error example() {
  return Error(ExitCode::cannot_mount, "mount_setattr", EOPNOTSUPP).context("mount /vz/root/101");
}

TEST(Error, TellsTheWidestContextFirstAndTheSystemsReasonLast) {
  const Error error = example().context("cannot start container 101");
  EXPECT_EQ(error.text(),
            "cannot start container 101: mount /vz/root/101: mount_setattr: Operation not supported");
  EXPECT_THAT(error.chain(),
              ElementsAre("cannot start container 101", "mount /vz/root/101", "mount_setattr"));
}

TEST(Error, KeepsTheExitCodeOfTheInnermostUntilToldOtherwise) {
  Error error = example();
  EXPECT_EQ(error.code(), ExitCode::cannot_mount);
  EXPECT_EQ(std::move(error).with_code(ExitCode::system).code(), ExitCode::system);
}

TEST(Error, SurvivesSerialization) {
  const Error error = Error::deserialize(example().serialize());
  EXPECT_EQ(error.code(), ExitCode::cannot_mount);
  EXPECT_EQ(error.errno_value(), EOPNOTSUPP);
  EXPECT_EQ(error.text(), example().text());
}

TEST(Error, SurvivesSerializationWhateverBytesItsTextHas) {
  std::string hostile = "7:VZOK1 9:VZERR1\n";
  hostile.push_back('\0');
  for (int byte = 0; byte < 256; ++byte) hostile.push_back(static_cast<char>(byte));
  const Error error = Error::deserialize(Error(ExitCode::system, hostile).context("").serialize());
  EXPECT_THAT(error.chain(), ElementsAre("", hostile));
}

TEST(Error, SaysSoWhenTheBytesAreNoRecord) {
  const std::string good = example().serialize();
  for (const std::string& bytes :
       {std::string(), std::string("rubbish"), std::string("VZERR1"), std::string("VZERR1-1:x"),
        std::string("VZERR199999999999999999999:1"), std::string("VZERR11:31:01:0"),
        std::string("VZERR11:31:02:-1"), std::string("VZERR11:31:04:9999"), std::string("VZERR11:x1:01:11:a"),
        good + "x", good.substr(1)}) {
    EXPECT_EQ(Error::deserialize(bytes).text(), kUnreadable) << bytes;
    EXPECT_EQ(Error::deserialize(bytes).code(), ExitCode::system) << bytes;
  }
}

TEST(Error, SaysSoWhereverARecordIsCutOff) {
  const std::string good = example().serialize();
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(Error::deserialize(good.substr(0, length)).text(), kUnreadable) << length;
  }
}

TEST(Result, TakesErrnoAtOnce) {
  errno = ENOENT;
  const Result<void> failed = fail_errno(ExitCode::system, "open x");
  errno = 0;
  EXPECT_EQ(failed.error().text(), "open x: No such file or directory");
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ExitCode::invalid_value, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  VZ_ASSIGN(const int once, half(number));
  VZ_TRY(half(once));
  return half(once);
}

TEST(Result, LeavesAFunctionWithTheFirstError) {
  EXPECT_EQ(quarter(8).value_or(0), 2);
  EXPECT_EQ(quarter(7).error().code(), ExitCode::invalid_value);
  EXPECT_EQ(quarter(6).error().text(), "odd");
}

// What receive_result() makes of these bytes.
Result<void> received(std::string_view bytes) {
  VZ_ASSIGN(Pipe pipe, make_pipe());
  VZ_TRY(write_all(pipe.write.get(), bytes));
  pipe.write.reset();
  return receive_result(pipe.read.get(), "the helper");
}

TEST(ReceiveResult, TakesOnlyAnExplicitSuccessForOne) {
  EXPECT_TRUE(received("VZOK1"));
  EXPECT_EQ(received("").error().text(), "the helper ended without reporting a result");
  EXPECT_EQ(received("VZOK1VZOK1").error().text(), kUnreadable);
  EXPECT_EQ(received("VZO").error().text(), kUnreadable);
}

TEST(ReceiveResult, HandsAnErrorThroughAPipe) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  ASSERT_TRUE(send_result(pipe->write.get(), std::unexpected(example())));
  pipe->write.reset();
  EXPECT_EQ(receive_result(pipe->read.get(), "the helper").error().text(), example().text());
}

}  // namespace
}  // namespace vz
