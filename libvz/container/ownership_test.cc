#include "libvz/container/ownership.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::HasSubstr;

class Ownership : public testing::Test {
 protected:
  void SetUp() override { files_.write("etc/vz/conf/101.conf", ""); }
  TestDirectory files_;
  Paths paths_{files_.path()};
};

TEST_F(Ownership, WithoutANoteTheNodeMayRunTheContainer) {
  const auto pending = pending_migration(paths_, 101);
  ASSERT_TRUE(pending);
  EXPECT_FALSE(*pending);
  EXPECT_TRUE(check_no_pending_migration(paths_, 101));
  EXPECT_TRUE(clear_pending_migration(paths_, 101)) << "nothing to clear is fine";
}

TEST_F(Ownership, ANotedMigrationIsKnownUntilItIsCleared) {
  ASSERT_TRUE(note_pending_migration(paths_, 101, {"root@node2", "0123abcd"}));
  const auto pending = pending_migration(paths_, 101);
  ASSERT_TRUE(pending && *pending);
  EXPECT_EQ((*pending)->host, "root@node2");
  EXPECT_EQ((*pending)->migration, "0123abcd");
  const auto checked = check_no_pending_migration(paths_, 101);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ExitCode::locked);
  EXPECT_THAT(checked.error().text(), HasSubstr("vzmigrate root@node2 101"));
  EXPECT_TRUE(check_no_pending_migration(paths_, 102));
  ASSERT_TRUE(clear_pending_migration(paths_, 101));
  EXPECT_TRUE(check_no_pending_migration(paths_, 101));
}

TEST_F(Ownership, ANoteThatCannotBeReadIsNoPermission) {
  for (const char* text : {"", "node2\n", "node2\n\n", "a\nb\nc\n"}) {
    files_.write("etc/vz/conf/101.migrating", text);
    EXPECT_FALSE(pending_migration(paths_, 101)) << text;
    EXPECT_FALSE(check_no_pending_migration(paths_, 101)) << text;
  }
  ASSERT_TRUE(clear_pending_migration(paths_, 101));
  ASSERT_TRUE(make_directories(files_ / "etc/vz/conf/101.migrating"));
  EXPECT_FALSE(check_no_pending_migration(paths_, 101)) << "a directory in its place";
}

TEST_F(Ownership, AConfigurationTellsByWhichMigrationItCame) {
  const std::string config = "# Migration 11\nHOSTNAME=\"x\"\n" + migration_line("22") + "\n";
  EXPECT_TRUE(came_by_migration(config, "22"));
  EXPECT_FALSE(came_by_migration(config, "2"));
  EXPECT_FALSE(came_by_migration(config, "33"));
  EXPECT_FALSE(came_by_migration("HOSTNAME=\"# Migration 22\"\n", "22"));
  EXPECT_FALSE(came_by_migration("", "22"));
}

}  // namespace
}  // namespace vz
