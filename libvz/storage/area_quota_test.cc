#include "libvz/storage/area_quota.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"
#include "libvz/host/quota_support.h"
#include "libvz/storage/area.h"
#include "libvz/storage/project_tree.h"

namespace vz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DiskLimits, AreNoneWithoutParameters) {
  EXPECT_EQ(disk_limits_of(Parameters{}), DiskLimits{});
}

TEST(DiskLimits, AreTheSoftAndTheHardOnes) {
  Parameters parameters;
  parameters.diskspace = SoftHard{1000, 1100};
  parameters.diskinodes = SoftHard{200, 220};
  EXPECT_EQ(disk_limits_of(parameters), (DiskLimits{1000, 1100, 200, 220, std::nullopt}));
  parameters.quotatime = 60;
  EXPECT_EQ(disk_limits_of(parameters), (DiskLimits{1000, 1100, 200, 220, 60}));
}

TEST(DiskLimits, AreTheSoftOnesWhereNoTimeIsLeftBetween) {
  Parameters parameters;
  parameters.diskspace = SoftHard{1000, 1100};
  parameters.diskinodes = SoftHard{200, 220};
  parameters.quotatime = 0;
  EXPECT_EQ(disk_limits_of(parameters), (DiskLimits{1000, 1000, 200, 200, 0}));
}

TEST(DiskLimits, OfMoreThanAnyDiskHoldsAreNone) {
  Parameters parameters;
  parameters.diskspace = SoftHard{kUnlimited, kUnlimited};
  EXPECT_EQ(disk_limits_of(parameters), DiskLimits{});
}

TEST(Projects, OfContainersAreApartFromOthers) {
  EXPECT_EQ(project_of(101), 1'000'000'101U);
  EXPECT_TRUE(is_containers_project(project_of(1)));
  EXPECT_TRUE(is_containers_project(project_of(2'147'483'644)));
  EXPECT_FALSE(is_containers_project(0));
  EXPECT_FALSE(is_containers_project(42));
  EXPECT_FALSE(is_containers_project(4'294'967'295U));
}

TEST(MissingQuota, SaysWhatToDo) {
  EXPECT_THAT(missing_quota("btrfs", ProjectQuota::none), HasSubstr("btrfs quota enable"));
  EXPECT_THAT(missing_quota("ext4", ProjectQuota::none), HasSubstr("tune2fs"));
  EXPECT_THAT(missing_quota("ext4", ProjectQuota::none), HasSubstr("prjquota"));
  EXPECT_THAT(missing_quota("ext4", ProjectQuota::counted), Not(HasSubstr("tune2fs")));
  EXPECT_THAT(missing_quota("ext4", ProjectQuota::counted), HasSubstr("prjquota"));
  EXPECT_THAT(missing_quota("xfs", ProjectQuota::none), HasSubstr("prjquota"));
  EXPECT_THAT(missing_quota("overlay", ProjectQuota::none), HasSubstr("overlay"));
}

TEST(Area, IsMadeOnceAndGoesWithItsContent) {
  const TestDirectory files;
  const std::string area = files / "private";
  ASSERT_TRUE(make_area(area, 0700));
  EXPECT_TRUE(is_directory(area));
  const auto again = make_area(area, 0700);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().errno_value(), EEXIST);
  files.write("private/etc/passwd", "root");
  ASSERT_TRUE(remove_area(area));
  EXPECT_FALSE(exists(area));
  EXPECT_TRUE(remove_area(area));
}

TEST(AreaQuota, OfWhatIsNotThereIsAnError) {
  const TestDirectory files;
  EXPECT_FALSE(open_area_quota(files / "missing", 101));
}

}  // namespace
}  // namespace vz
