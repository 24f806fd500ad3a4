#include "libvz/isolation/cgroup.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/file.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A unified hierarchy made of plain directories: the kernel's files in a group are made by the tests.
class CgroupChildrenTest : public ::testing::Test {
 protected:
  CgroupChildrenTest() : cgroup_(layout(), 101) {
    EXPECT_TRUE(make_directories(group_));
    EXPECT_TRUE(make_directories(directory_ / "cgroup/vz/102"));
  }
  CgroupLayout layout() const {
    CgroupLayout layout;
    layout.hierarchies.push_back({.mount_point = directory_ / "cgroup", .controllers = {}, .v2 = true});
    return layout;
  }
  // As the kernel does when a directory is made.
  void make_group_with_files(const std::string& path) {
    for (const char* file : {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}) {
      directory_.write("cgroup/vz/101/" + path + "/" + file, "");
    }
  }
  Result<void> make(const std::string& path, uid_t uid, gid_t gid) {
    return cgroup_.make_children({{path, uid, gid}}, getuid(), 1);
  }
  Result<void> make(const std::string& path) { return make(path, getuid(), getuid()); }

  TestDirectory directory_;
  std::string group_ = directory_ / "cgroup/vz/101";
  Cgroup cgroup_;
};

TEST_F(CgroupChildrenTest, AreListedParentsFirst) {
  for (const char* path : {"system.slice/cron.service", "system.slice", "init.scope"})
    make_group_with_files(path);
  const auto children = cgroup_.children();
  ASSERT_TRUE(children);
  std::vector<std::string> paths;
  for (const auto& child : *children) {
    paths.push_back(child.path);
    EXPECT_EQ(child.uid, getuid());
  }
  EXPECT_THAT(paths, ElementsAre("init.scope", "system.slice", "system.slice/cron.service"));
}

TEST_F(CgroupChildrenTest, AreNoneWhereTheGroupIsNotThere) {
  const auto children = Cgroup(layout(), 999).children();
  ASSERT_TRUE(children);
  EXPECT_THAT(*children, IsEmpty());
}

TEST_F(CgroupChildrenTest, AreMadeAgain) {
  make_group_with_files("init.scope");
  ASSERT_EQ(getuid(), getgid()) << "the test's own ids stand for the container's";
  EXPECT_TRUE(make("init.scope"));
}

TEST_F(CgroupChildrenTest, ThatWouldLeaveTheGroupAreRefusedAndNothingIsMade) {
  for (const char* path :
       {"../102/planted", "a/../../102/planted", "..", "a/..", "/planted", "", "/", "//"}) {
    const auto made = make(path);
    ASSERT_FALSE(made) << path;
    EXPECT_EQ(made.error().code(), ExitCode::restore) << path;
    EXPECT_THAT(made.error().text(), HasSubstr("not the container's")) << path;
  }
  EXPECT_THAT(*list_directory(group_), IsEmpty());
  EXPECT_THAT(*list_directory(directory_ / "cgroup/vz/102"), IsEmpty());
}

TEST_F(CgroupChildrenTest, WithNamesThatOnlyLookDangerousAreNotRefused) {
  make_group_with_files("..hidden/...");
  EXPECT_TRUE(make("..hidden/..."));
}

TEST_F(CgroupChildrenTest, OfForeignOwnersAreRefused) {
  const uid_t mine = getuid();
  EXPECT_FALSE(make("a", mine + 1, mine));
  EXPECT_FALSE(make("a", mine, mine + 1));
  EXPECT_FALSE(cgroup_.make_children({{"a", 0, 0}}, 100000, 65536));
  EXPECT_FALSE(cgroup_.make_children({{"a", 165536, 165536}}, 100000, 65536));
  EXPECT_FALSE(cgroup_.make_children({{"a", 4294967295U, 100000}}, 100000, 65536));
  EXPECT_THAT(*list_directory(group_), IsEmpty());
}

TEST_F(CgroupChildrenTest, AreNobodysBusinessWithoutAUnifiedHierarchy) {
  CgroupLayout v1;
  v1.hierarchies.push_back({.mount_point = directory_ / "cgroup", .controllers = {"freezer"}, .v2 = false});
  Cgroup cgroup(v1, 101);
  EXPECT_TRUE(cgroup.make_children({{"a", 0, 0}}, 0, 1));
  EXPECT_THAT(*cgroup.children(), IsEmpty());
  EXPECT_EQ(cgroup.freezer(), group_);
}

}  // namespace
}  // namespace vz
