#include "libvz/core/user_namespace.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"

namespace vz {
namespace {

TEST(UserNamespace, HasTheMapsAndOutlivesItsMaker) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto made = make_user_namespace({.uid_base = 100000, .gid_base = 200000, .count = 65536});
  ASSERT_TRUE(made) << made.error().text();
  const int fd = made->get();
  const auto looked = run_in_child("the test", [fd]() -> Result<void> {
    if (setns(fd, CLONE_NEWUSER) < 0) return fail_errno(ExitCode::system, "setns");
    VZ_ASSIGN(const std::string uids, read_file("/proc/self/uid_map"));
    VZ_ASSIGN(const std::string gids, read_file("/proc/self/gid_map"));
    // Seen from inside, so the second number is the host's.
    const std::string both = join(split(uids + gids, " \n"), " ");
    return both == "0 100000 65536 0 200000 65536" ? Result<void>{} : fail(ExitCode::system, both);
  });
  EXPECT_TRUE(looked) << looked.error().text();
}

TEST(UserNamespace, MapsThatAreNoneAreAnError) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_FALSE(make_user_namespace({.uid_base = 100000, .gid_base = 100000, .count = 0}));
  EXPECT_FALSE(make_user_namespace({.uid_base = 4294967295U, .gid_base = 0, .count = 65536}));
}

}  // namespace
}  // namespace vz
