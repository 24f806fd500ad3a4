#include "libvz/host/lxcfs.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

TEST(Lxcfs, ThatDoesNotRunIsAnErrorThatSaysWhatToDo) {
  const TestDirectory prefix;
  const auto found = find_lxcfs(Paths(prefix.path()));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().text(), HasSubstr("install the package lxcfs"));
}

TEST(Lxcfs, ThatIsMissingIsWarnedOfOnceInABoot) {
  const TestDirectory prefix;
  const Paths paths(prefix.path());
  CaptureStderr();
  EXPECT_EQ(lxcfs_or_warning(paths), "");
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("/proc/meminfo"));
  CaptureStderr();
  EXPECT_EQ(lxcfs_or_warning(paths), "");
  EXPECT_EQ(GetCapturedStderr(), "");
  // A boot empties /run.
  ASSERT_TRUE(remove_tree(paths.run));
  CaptureStderr();
  EXPECT_EQ(lxcfs_or_warning(paths), "");
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("lxcfs"));
}

}  // namespace
}  // namespace vz
