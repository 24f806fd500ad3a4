#include "libvz/isolation/cgroup_limits.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_EQ(*usable_ids(*limits_of(parameters).cpus, "0-7\n"), "0-2,5");
  EXPECT_EQ(*usable_ids(*limits_of(parameters).cpus, "0-1\n"), "0-1");
  EXPECT_FALSE(usable_ids(*limits_of(parameters).cpus, "6-7\n"));
  parameters.cpumask = IdMask{.kind = IdMask::Kind::all, .ids = {}};
  EXPECT_EQ(*usable_ids(*limits_of(parameters).cpus, "0-7\n"), "0-7");
}

TEST(LimitsOf, AClassicConfigurationBoundMemoryAndSwapTogether) {
  Parameters parameters;
  parameters.physpages = BarrierLimit{0, kUnlimited};
  parameters.privvmpages = BarrierLimit{65536, 69632};
  parameters.shmpages = BarrierLimit{21504, 21504};
  parameters.kmemsize = BarrierLimit{14372700, 14790164};
  CgroupLimits limits = limits_of(parameters);
  EXPECT_EQ(limits.memory, (69632ULL + 21504) * 4096 + 14790164);
  EXPECT_EQ(limits.swap, 0U);
  parameters.swappages = BarrierLimit{0, 1000};
  EXPECT_EQ(limits_of(parameters).swap, 1000U * 4096);
  parameters.privvmpages = BarrierLimit{};
  EXPECT_EQ(limits_of(parameters).memory, kUnlimited);
}

TEST(LimitsOf, TakeTheBarrierOfAGuarantee) {
  Parameters parameters;
  parameters.vmguarpages = BarrierLimit{100, kUnlimited};
  parameters.oomguarpages = BarrierLimit{kUnlimited, kUnlimited};
  EXPECT_EQ(limits_of(parameters).guarantee, 100U * 4096);
  EXPECT_EQ(limits_of(parameters).oom_guarantee, 0U);
}

TEST(LimitsOf, CountBothDirectionsOfTcp) {
  Parameters parameters;
  parameters.tcpsndbuf = BarrierLimit{1, 1000};
  EXPECT_EQ(limits_of(parameters).tcp_memory, kUnlimited);
  parameters.tcprcvbuf = BarrierLimit{1, 2000};
  EXPECT_EQ(limits_of(parameters).tcp_memory, 3000U);
}

TEST(WithDefaults, LeaveNothingUnset) {
  const CgroupLimits limits = with_defaults({});
  EXPECT_EQ(limits.memory, kUnlimited);
  EXPECT_EQ(limits.cpu_units, 1000U);
  EXPECT_EQ(limits.io_priority, 4U);
  EXPECT_EQ(limits.pids, default_process_limit());
  EXPECT_TRUE(limits.cpus && limits.nodes && limits.io_bytes && limits.io_operations && limits.tcp_memory &&
              limits.guarantee && limits.oom_guarantee && limits.cpu_percent && limits.swap);
}

TEST(WithDefaults, KeepWhatIsSet) {
  EXPECT_EQ(with_defaults({.pids = kUnlimited}).pids, kUnlimited);
  EXPECT_EQ(with_defaults({.cpu_percent = 50}).cpu_percent, 50U);
}

TEST(DefaultProcessLimit, LeavesTheHostItsOwn) {
  EXPECT_GE(default_process_limit(), 1U);
  EXPECT_LE(default_process_limit(), 32768U);
}

TEST(IoWeight, RisesWithThePriority) {
  EXPECT_EQ(io_weight(0), 320U);
  EXPECT_EQ(io_weight(4), 500U);
  EXPECT_EQ(io_weight(7), 640U);
}

TEST(ResolveCpus, KeepsAListAndTakesAllNodesForAll) {
  const IdMask list{.kind = IdMask::Kind::list, .ids = {1}};
  const IdMask all{.kind = IdMask::Kind::all, .ids = {}};
  const IdMask automatic{.kind = IdMask::Kind::automatic, .ids = {}};
  EXPECT_EQ(*resolve_cpus(list, all), list);
  EXPECT_EQ(*resolve_cpus(automatic, all), all);
  EXPECT_FALSE(resolve_cpus(automatic, IdMask{.kind = IdMask::Kind::list, .ids = {4095}}));
}

// Groups of plain directories: what is written to a file stays there.
class LimitFiles : public ::testing::Test {
 protected:
  CgroupLayout layout(const std::vector<std::string>& controllers, bool v2) const {
    return {{{.mount_point = directory_ / "cgroup", .controllers = controllers, .v2 = v2}}};
  }
  void file(const std::string& name, const std::string& content) const {
    directory_.write("cgroup/vz/101/" + name, content);
  }
  // Without what a longer text before has left behind.
  std::string line(const std::string& name) const {
    return std::string(directory_.read("cgroup/vz/101/" + name));
  }
  TestDirectory directory_;
};

TEST_F(LimitFiles, OfV1ThatAreNotThereAreLeftOut) {
  file("cpu.shares", "1024");
  EXPECT_TRUE(cgroup_v1::apply(
      layout({"cpu", "blkio"}, false), "/vz/101",
      {.cpu_units = 8000, .cpu_percent = 50, .io_priority = 7, .io_bytes = 1, .io_devices = {"8:0"}}));
  EXPECT_EQ(line("cpu.shares"), "8192");
}

TEST_F(LimitFiles, OfV1TakeRatesForEachDisk) {
  for (const char* name : {"read_bps", "write_bps", "read_iops", "write_iops"})
    file("blkio.throttle." + std::string(name) + "_device", "");
  EXPECT_TRUE(cgroup_v1::apply(layout({"blkio"}, false), "/vz/101",
                               {.io_bytes = 1048576, .io_operations = 100, .io_devices = {"8:0"}}));
  EXPECT_EQ(line("blkio.throttle.write_bps_device"), "8:0 1048576");
  EXPECT_EQ(line("blkio.throttle.read_iops_device"), "8:0 100");
}

TEST_F(LimitFiles, OfV2TakeRatesAndWeights) {
  file("io.max", "");
  file("io.weight", "");
  file("io.bfq.weight", "");
  EXPECT_TRUE(
      cgroup_v2::apply(layout({"io"}, true), "/vz/101",
                       {.io_priority = 0, .io_bytes = 1000, .io_operations = 0, .io_devices = {"8:0"}}));
  EXPECT_EQ(line("io.max"), "8:0 rbps=1000 wbps=1000 riops=max wiops=max");
  EXPECT_EQ(line("io.weight"), "default 320");
  EXPECT_EQ(line("io.bfq.weight"), "default 320");
}

TEST_F(LimitFiles, OfV2GuaranteeNothingThatTheParentDoesNotHave) {
  for (const char* name : {"memory.max", "memory.low", "memory.min"}) file(name, "0");
  for (const char* name : {"memory.low", "memory.min"})
    directory_.write("cgroup/vz/" + std::string(name), "");
  directory_.write("cgroup/vz/102/memory.low", "1000\n");
  EXPECT_TRUE(cgroup_v2::apply(layout({"memory"}, true), "/vz/101", {.guarantee = 4096}));
  EXPECT_EQ(line("memory.low"), "4096");
  EXPECT_EQ(directory_.read("cgroup/vz/memory.low"), "5096");
  ASSERT_TRUE(remove_tree(directory_ / "cgroup/vz/102"));
  EXPECT_TRUE(cgroup_v2::sum_guarantees(directory_ / "cgroup/vz"));
  EXPECT_EQ(directory_.read("cgroup/vz/memory.low"), "4096");
  EXPECT_EQ(directory_.read("cgroup/vz/memory.min"), "0");
}

TEST_F(LimitFiles, OfV2LimitMemoryOnlyOnceThereIsRoom) {
  file("memory.max", "max");
  file("memory.high", "max");
  file("memory.current", "5000\n");
  const auto refused = cgroup_v2::apply(layout({"memory"}, true), "/vz/101", {.memory = 4096});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ExitCode::set_ubc);
  EXPECT_THAT(refused.error().text(), HasSubstr("the old limit stays"));
  EXPECT_EQ(line("memory.max"), "max");
  file("memory.current", "4000\n");
  EXPECT_TRUE(cgroup_v2::apply(layout({"memory"}, true), "/vz/101", {.memory = 4096}));
  EXPECT_EQ(line("memory.max"), "4096");
}

TEST_F(LimitFiles, OfAllContainersWeighThemAgainstTheHost) {
  directory_.write("cgroup/vz/cpu.shares", "");
  EXPECT_EQ(weigh_containers_against_host(layout({"cpu"}, false), 2000), true);
  EXPECT_EQ(directory_.read("cgroup/vz/cpu.shares"), "512");
  directory_.write("cgroup/vz/cpu.weight", "");
  directory_.write("cgroup/cgroup.subtree_control", "");
  EXPECT_EQ(weigh_containers_against_host(layout({"cpu"}, true), 500), true);
  EXPECT_EQ(directory_.read("cgroup/vz/cpu.weight"), "200");
  EXPECT_EQ(weigh_containers_against_host(layout({"memory"}, true), 500), false);
}

TEST_F(LimitFiles, OfACpusetKeepToTheParents) {
  directory_.write("cgroup/vz/cpuset.cpus.effective", "0-3\n");
  file("cpuset.cpus", "");
  EXPECT_TRUE(cgroup_v2::apply(layout({"cpuset"}, true), "/vz/101",
                               {.cpus = IdMask{.kind = IdMask::Kind::list, .ids = {2, 3, 4}}}));
  EXPECT_EQ(line("cpuset.cpus"), "2-3");
  EXPECT_FALSE(cgroup_v2::apply(layout({"cpuset"}, true), "/vz/101",
                                {.cpus = IdMask{.kind = IdMask::Kind::list, .ids = {4}}}));
}

}  // namespace
}  // namespace vz
