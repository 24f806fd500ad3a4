#include "libvz/core/log.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { configure_log(LogSettings{}); }
};

TEST_F(LogTest, PutsErrorsOnStderrAndTheRestOnStdoutUpToTheVerbosity) {
  LogSettings settings;
  settings.verbosity = 1;
  configure_log(settings);
  CaptureStdout();
  CaptureStderr();
  log_error("bad");
  log_info("plain");
  log_info("detail", 1);
  log_info("more detail", 2);
  EXPECT_EQ(GetCapturedStdout(), "plain\ndetail\n");
  EXPECT_EQ(GetCapturedStderr(), "bad\n");
}

TEST_F(LogTest, SaysNothingOnTheConsoleWhenQuiet) {
  LogSettings settings;
  settings.quiet = true;
  configure_log(settings);
  CaptureStdout();
  CaptureStderr();
  log_error("bad");
  log_info("plain");
  EXPECT_EQ(GetCapturedStdout() + GetCapturedStderr(), "");
}

TEST_F(LogTest, WritesTheFileInItsDocumentedFormatUpToTheLevel) {
  const TestDirectory directory;
  LogSettings settings;
  settings.file = directory / "log";
  settings.quiet = true;
  settings.ctid = 101;
  configure_log(settings);
  log_error("bad");
  log_info("plain");
  log_info("detail", 1);
  log_file_only("between us");
  const std::string stamp = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{2}:?[0-9]{2} vzctl : CT 101 : ";
  EXPECT_THAT(directory.read("log"),
              ::testing::MatchesRegex(stamp + "bad\n" + stamp + "plain\n" + stamp + "between us\n"));
}

TEST_F(LogTest, GoesOnWithoutAFileThatCannotBeOpened) {
  const TestDirectory directory;
  directory.write("file", "");
  CaptureStderr();
  LogSettings settings;
  settings.file = directory / "file/log";
  configure_log(settings);
  EXPECT_NE(GetCapturedStderr(), "");
  CaptureStdout();
  log_info("plain");
  EXPECT_EQ(GetCapturedStdout(), "plain\n");
}

}  // namespace
}  // namespace vz
