#include "libvz/host/run_state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "libvz/host/cgroup_layout.h"

namespace vz {
namespace {

class RunStateTest : public ::testing::Test {
 protected:
  RunStateTest() : paths_(::testing::TempDir() + "run_state_" + std::to_string(getpid())) {}
  ~RunStateTest() override {
    std::filesystem::remove_all(::testing::TempDir() + "run_state_" + std::to_string(getpid()));
  }
  Paths paths_;
};

TEST_F(RunStateTest, SaysNothingWhenThereIsNoState) {
  auto state = load_run_state(paths_, 101);
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->has_value());
}

TEST_F(RunStateTest, ReturnsWhatWasSavedWhileInitLives) {
  RunState state;
  state.init_pid = getpid();
  state.init_start = *process_start_time(getpid());
  state.frozen = true;
  ASSERT_TRUE(save_run_state(paths_, 101, state));
  auto loaded = load_run_state(paths_, 101);
  ASSERT_TRUE(loaded && loaded->has_value());
  EXPECT_EQ((*loaded)->init_pid, getpid());
  EXPECT_TRUE((*loaded)->frozen);
  EXPECT_EQ(*ctids_with_run_state(paths_), std::vector<Ctid>{101});
}

TEST_F(RunStateTest, DoesNotTakeAnotherProcessWithTheSamePidForInit) {
  RunState state;
  state.init_pid = getpid();
  state.init_start = *process_start_time(getpid()) + 1;
  ASSERT_TRUE(save_run_state(paths_, 101, state));
  auto loaded = load_run_state(paths_, 101);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(RunStateTest, ReportsAnUnreadableState) {
  std::filesystem::create_directories(paths_.run_of(101));
  FILE* file = fopen((paths_.run_of(101) + "/state").c_str(), "w");
  fputs("rubbish\n", file);
  fclose(file);
  EXPECT_FALSE(load_run_state(paths_, 101));
}

TEST(CgroupLayoutTest, FindsEveryV1ControllerAndTheUnifiedHierarchy) {
  const auto layout = parse_cgroup_mounts(
      "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "31 25 0:27 / /sys/fs/cgroup/systemd rw,relatime shared:5 - cgroup cgroup rw,xattr,name=systemd\n"
      "32 25 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
      "33 25 0:27 / /elsewhere rw,relatime - cgroup cgroup rw,xattr,name=systemd\n"
      "34 25 0:29 /sub /part rw,relatime - cgroup cgroup rw,memory\n");
  ASSERT_EQ(layout.hierarchies.size(), 3U);
  EXPECT_EQ(layout.find("cpuacct")->mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout.find("name=systemd")->mount_point, "/sys/fs/cgroup/systemd");
  EXPECT_EQ(layout.find("memory"), nullptr);
  EXPECT_EQ(layout.unified()->mount_point, "/sys/fs/cgroup/unified");
}

}  // namespace
}  // namespace vz
