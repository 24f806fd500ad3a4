#include "libvz/config/container_id.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::ElementsAre;

class ContainerId : public testing::Test {
 protected:
  void SetUp() override {
    directory_.write("etc/vz/conf/101.conf", "");
    directory_.write("etc/vz/conf/102.conf", "");
  }
  std::string resolve(const std::string& word) const {
    const auto ctid = resolve_ctid(paths_, word);
    return ctid ? std::to_string(*ctid) : ctid.error().text();
  }

  TestDirectory directory_;
  Paths paths_{directory_.path()};
};

TEST_F(ContainerId, NumbersAreIdsInTheirRange) {
  EXPECT_EQ(resolve("101"), "101");
  EXPECT_EQ(resolve(" +7"), "7");
  EXPECT_EQ(resolve("0"), "0");
  EXPECT_EQ(resolve("2147483644"), "2147483644");
  EXPECT_EQ(resolve("2147483645"), "Bad CT ID 2147483645");
  EXPECT_EQ(resolve("-1"), "Bad CT ID -1");
  EXPECT_EQ(resolve("99999999999"), "Bad CT ID 99999999999");
  EXPECT_EQ(resolve("101x"), "Bad CT ID 101x");
  EXPECT_EQ(resolve(""), "Bad CT ID ");
}

TEST_F(ContainerId, NamesAreFoundByTheirLinks) {
  ASSERT_TRUE(set_container_name(paths_, 101, "web", ""));
  EXPECT_EQ(resolve("web"), "101");
  EXPECT_EQ(resolve("../names/web"), "Bad CT ID ../names/web");
  ASSERT_EQ(unlink((directory_ / "etc/vz/conf/101.conf").c_str()), 0);
  EXPECT_EQ(resolve("web"), "Bad CT ID web");
}

TEST_F(ContainerId, ANewNameReplacesTheOldOne) {
  ASSERT_TRUE(set_container_name(paths_, 101, "old", ""));
  ASSERT_TRUE(set_container_name(paths_, 101, "new", "old"));
  EXPECT_EQ(find_named(paths_, "old"), std::nullopt);
  EXPECT_EQ(find_named(paths_, "new"), 101U);
  ASSERT_TRUE(set_container_name(paths_, 101, "", "new"));
  EXPECT_EQ(find_named(paths_, "new"), std::nullopt);
}

TEST_F(ContainerId, ANameBelongsToOneContainer) {
  ASSERT_TRUE(set_container_name(paths_, 101, "web", ""));
  const auto taken = set_container_name(paths_, 102, "web", "");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), ExitCode::set_name);
  EXPECT_EQ(taken.error().text(), "Conflict: name web already used by container 101");
  ASSERT_TRUE(set_container_name(paths_, 102, "other", "web"));
  EXPECT_EQ(find_named(paths_, "web"), 101U);
}

TEST_F(ContainerId, AllNamesOfAContainerCanBeRemoved) {
  ASSERT_TRUE(set_container_name(paths_, 101, "a", ""));
  ASSERT_TRUE(set_container_name(paths_, 101, "b", ""));
  ASSERT_TRUE(set_container_name(paths_, 102, "c", ""));
  ASSERT_TRUE(remove_container_names(paths_, 101));
  EXPECT_THAT(*list_directory(paths_.names()), ElementsAre("c"));
}

TEST_F(ContainerId, ConfigurationFilesNameTheContainers) {
  directory_.write("etc/vz/conf/9.conf", "");
  directory_.write("etc/vz/conf/ve-basic.conf-sample", "");
  directory_.write("etc/vz/conf/103.conf.destroyed", "");
  EXPECT_THAT(*list_container_ids(paths_), ElementsAre(9, 101, 102));
}

}  // namespace
}  // namespace vz
