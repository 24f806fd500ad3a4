#include "vzmigrate/host_facts.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HostFacts, MissingIsWhatIsWantedAndNotPresent) {
  EXPECT_THAT(missing({"sse2", "avx512f", "avx2"}, {"avx2", "sse2", "fpu"}), ElementsAre("avx512f"));
  EXPECT_THAT(missing({}, {"a"}), IsEmpty());
  EXPECT_THAT(missing({"a", "b"}, {}), ElementsAre("a", "b"));
}

TEST(HostFacts, ThisHostHasWhatItHas) {
  EXPECT_FALSE(machine_name().empty());
  EXPECT_THAT(cpu_flags(), testing::Not(IsEmpty()));
  EXPECT_THAT(missing(cpu_flags(), cpu_flags()), IsEmpty());
}

TEST(HostFacts, ATreeIsMeasuredWithoutFollowingLinks) {
  const TestDirectory files;
  files.write("tree/a/one", std::string(100000, 'x'));
  files.write("tree/two", "");
  const auto before = tree_size(files / "tree");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->inodes, 4U);  // with the directories
  EXPECT_GE(before->bytes, 100000U);
  files.write("large", std::string(3000000, 'x'));
  ASSERT_EQ(symlink((files / "large").c_str(), (files / "tree/link").c_str()), 0);
  ASSERT_EQ(symlink("/usr", (files / "tree/usr").c_str()), 0);
  const auto after = tree_size(files / "tree");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->inodes, 6U);
  EXPECT_LT(after->bytes, 1000000U);
}

TEST(HostFacts, FreeSpaceIsThatOfTheNearestDirectoryThatExists) {
  const TestDirectory files;
  const auto here = free_space(files.path());
  const auto later = free_space(files / "vz/private/101");
  ASSERT_TRUE(here && later);
  EXPECT_GT(here->bytes, 0U);
  EXPECT_GT(later->inodes, 0U);
  EXPECT_TRUE(free_space("/nonexistent/x"));
}

}  // namespace
}  // namespace vz
