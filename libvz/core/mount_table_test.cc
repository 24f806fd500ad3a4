#include "libvz/core/mount_table.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(MountTable, ReadsEveryFieldThatIsUsed) {
  const auto entries = parse_mount_table(
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n"
      "22 1 0:20 / /proc rw - proc proc rw\n");
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].device, "98:0");
  EXPECT_EQ(entries[0].root, "/mnt1");
  EXPECT_EQ(entries[0].mount_point, "/mnt2");
  EXPECT_EQ(entries[0].type, "ext3");
  EXPECT_THAT(entries[0].super_options, ElementsAre("rw", "errors=continue"));
  EXPECT_EQ(entries[1].mount_point, "/proc");
}

TEST(MountTable, UndoesEscapes) {
  const auto entries = parse_mount_table("1 2 8:1 /a\\040b /c\\134d\\011\\012\\9 rw - ext4 /dev/sda rw\n");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].root, "/a b");
  EXPECT_EQ(entries[0].mount_point, "/c\\d\t\n\\9");
}

TEST(MountTable, AMountMayHaveNoSource) {
  const auto entries = parse_mount_table("1 2 0:5 / /tmp rw - tmpfs  rw,size=1k\n");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].type, "tmpfs");
  EXPECT_THAT(entries[0].super_options, ElementsAre("rw", "size=1k"));
}

TEST(MountTable, LeavesOutWhatItCannotRead) {
  EXPECT_THAT(parse_mount_table(""), IsEmpty());
  EXPECT_THAT(parse_mount_table("\n\n"), IsEmpty());
  EXPECT_THAT(parse_mount_table("36 35 98:0 /mnt1 /mnt2 rw"), IsEmpty());
  EXPECT_THAT(parse_mount_table("36 35 98:0 /mnt1 /mnt2 rw -"), IsEmpty());
  EXPECT_THAT(parse_mount_table("36 35 98:0 /mnt1 /mnt2 rw - ext3"), IsEmpty());
  EXPECT_THAT(parse_mount_table("- - - - - - - -"), IsEmpty());
}

TEST(MountTable, ThisProcessHasARoot) {
  const auto entries = mount_table();
  ASSERT_TRUE(entries);
  EXPECT_THAT(*entries, testing::Contains(testing::Field(&MountEntry::mount_point, "/")));
}

TEST(MountTable, AMountPointIsTold) {
  const TestDirectory files;
  ASSERT_TRUE(make_directories(files / "root"));
  ASSERT_TRUE(make_directories(files / "private"));
  EXPECT_EQ(is_mounted("/proc", "").value_or(false), true);
  EXPECT_EQ(is_mounted(files / "root", files / "private").value_or(true), false);
  EXPECT_EQ(is_mounted(files / "none", files / "private").value_or(true), false);
  EXPECT_EQ(is_mounted(files / "root", files / "root").value_or(false), true);
  EXPECT_FALSE(is_mounted(std::string(5000, 'x'), ""));
}

}  // namespace
}  // namespace vz
