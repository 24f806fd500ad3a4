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

TEST(LimitsOf, AreUnsetWhereTheConfigurationSaysNothing) {
  const CgroupLimits limits = limits_of(Parameters{});
  EXPECT_FALSE(limits.memory || limits.swap || limits.pids || limits.cpu_units || limits.cpu_percent ||
               limits.cpus);
}

TEST(LimitsOf, CountPagesInBytesAndKeepUnlimited) {
  Parameters parameters;
  parameters.physpages = BarrierLimit{0, 65536};
  parameters.swappages = BarrierLimit{0, kUnlimited};
  parameters.numproc = BarrierLimit{100, 200};
  const CgroupLimits limits = limits_of(parameters);
  EXPECT_EQ(limits.memory, 65536ULL * 4096);
  EXPECT_EQ(limits.swap, kUnlimited);
  EXPECT_EQ(limits.pids, 200U);
}

TEST(LimitsOf, TakeTooManyPagesForUnlimited) {
  Parameters parameters;
  parameters.physpages = BarrierLimit{0, kUnlimited / 4096 + 1};
  EXPECT_EQ(limits_of(parameters).memory, kUnlimited);
}

std::optional<unsigned> cpu_percent(std::optional<unsigned> cpus, std::optional<unsigned> cpulimit) {
  Parameters parameters;
  parameters.cpus = cpus;
  parameters.cpulimit = cpulimit;
  return limits_of(parameters).cpu_percent;
}

TEST(LimitsOf, TakeTheTighterOfCpusAndCpulimit) {
  EXPECT_EQ(cpu_percent(2, std::nullopt), 200U);
  EXPECT_EQ(cpu_percent(std::nullopt, 50), 50U);
  EXPECT_EQ(cpu_percent(2, 50), 50U);
  EXPECT_EQ(cpu_percent(1, 150), 100U);
  EXPECT_EQ(cpu_percent(2, 0), 200U);
  EXPECT_EQ(cpu_percent(0, 0), 0U);
  EXPECT_EQ(cpu_percent(std::nullopt, 0), 0U);
}

TEST(LimitsOf, PinToCpusOnlyWhereTheyAreListed) {
  Parameters parameters;
  parameters.cpumask = IdMask{.kind = IdMask::Kind::list, .ids = {0, 1, 2, 5}};
  EXPECT_EQ(limits_of(parameters).cpus, "0-2,5");
  parameters.cpumask = IdMask{.kind = IdMask::Kind::all, .ids = {}};
  EXPECT_FALSE(limits_of(parameters).cpus);
}

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
