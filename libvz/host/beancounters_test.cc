#include "libvz/host/beancounters.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "libvz/core/fd.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using enum Beancounter;

// The test's own process as a container's init, in made-up control groups.
class BeancountersTest : public testing::Test {
 protected:
  BeancountersTest() {
    state_.init_pid = getpid();
    state_.init_start = process_start_time(getpid()).value();
  }
  void group(const std::string& hierarchy, const std::string& file, const std::string& text) const {
    files_.write(hierarchy + "/vz/101/" + file, text);
  }
  CgroupHierarchy hierarchy(const std::string& name, std::vector<std::string> controllers, bool v2) const {
    return {.mount_point = files_ / name, .controllers = std::move(controllers), .v2 = v2};
  }
  CgroupLayout unified() const { return {{hierarchy("unified", {"memory", "pids"}, true)}}; }
  CgroupLayout legacy() const {
    return {{hierarchy("memory", {"memory"}, false), hierarchy("pids", {"pids"}, false)}};
  }
  std::optional<Beancounters> read(const CgroupLayout& layout,
                                   BeancounterSet wanted = cheap_beancounters()) const {
    return BeancounterReader(layout).read(101, state_, wanted);
  }

  TestDirectory files_;
  RunState state_;
  std::uint64_t page_ = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
};

TEST(BeancounterKinds, AreFoundByName) {
  EXPECT_EQ(find_beancounter("kmemsize"), kmemsize);
  EXPECT_EQ(find_beancounter("swappages"), swappages);
  EXPECT_EQ(find_beancounter("dummy"), std::nullopt);
  for (size_t i = 0; i < kBeancounters; ++i) {
    EXPECT_EQ(find_beancounter(beancounter_kinds()[i].name), static_cast<Beancounter>(i));
    if (i > 0) {
      EXPECT_GT(beancounter_kinds()[i].id, beancounter_kinds()[i - 1].id);
    }
  }
}

TEST(BeancounterKinds, TheirLimitsComeFromTheConfiguration) {
  Parameters parameters;
  parameters.numproc = BarrierLimit{100, 110};
  Beancounters values;
  set_configured_limits(parameters, values);
  EXPECT_EQ(values[numproc], (BeancounterValues{.barrier = 100, .limit = 110}));
  EXPECT_EQ(values[physpages], BeancounterValues());
  EXPECT_EQ(configured_limits(parameters, numproc), (BarrierLimit{100, 110}));
  EXPECT_EQ(configured_limits(parameters, swappages), std::nullopt);
}

TEST_F(BeancountersTest, AreReadFromTheUnifiedHierarchy) {
  group("unified", "memory.current", std::to_string(5 * page_) + "\n");
  group("unified", "memory.peak", std::to_string(9 * page_) + "\n");
  group("unified", "memory.events", "low 0\nhigh 0\nmax 4\noom 2\noom_kill 1\n");
  group("unified", "memory.swap.current", std::to_string(2 * page_) + "\n");
  group("unified", "memory.swap.events", "high 0\nmax 7\nfail 0\n");
  group("unified", "memory.stat",
        "anon 1\nkernel 5555\nkernel_stack 9\nshmem " + std::to_string(3 * page_) +
            "\nshmem_thp 0\nunevictable 0\nslab_reclaimable 777\n");
  group("unified", "pids.current", "12\n");
  group("unified", "pids.peak", "20\n");
  group("unified", "pids.events", "max 3\n");
  const auto values = read(unified());
  ASSERT_TRUE(values);
  EXPECT_EQ((*values)[physpages], (BeancounterValues{.held = 5, .max_held = 9, .failures = 4}));
  EXPECT_EQ((*values)[swappages], (BeancounterValues{.held = 2, .failures = 7}));
  EXPECT_EQ((*values)[oomguarpages], (BeancounterValues{.held = 7, .failures = 1}));
  EXPECT_EQ((*values)[kmemsize], BeancounterValues{.held = 5555});
  EXPECT_EQ((*values)[shmpages], BeancounterValues{.held = 3});
  EXPECT_EQ((*values)[lockedpages], BeancounterValues{.held = 0});
  EXPECT_EQ((*values)[dcachesize], BeancounterValues{.held = 777});
  EXPECT_EQ((*values)[numproc], (BeancounterValues{.held = 12, .max_held = 20, .failures = 3}));
  EXPECT_EQ((*values)[vmguarpages], BeancounterValues());
}

TEST_F(BeancountersTest, AreReadFromHierarchiesOfVersionOne) {
  group("memory", "memory.usage_in_bytes", std::to_string(5 * page_) + "\n");
  group("memory", "memory.max_usage_in_bytes", std::to_string(6 * page_) + "\n");
  group("memory", "memory.failcnt", "8\n");
  group("memory", "memory.memsw.usage_in_bytes", std::to_string(6 * page_) + "\n");
  group("memory", "memory.memsw.failcnt", "1\n");
  group("memory", "memory.kmem.usage_in_bytes", "1000\n");
  group("memory", "memory.kmem.max_usage_in_bytes", "2000\n");
  group("memory", "memory.kmem.failcnt", "0\n");
  group("memory", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  group("memory", "memory.stat",
        "shmem 0\nunevictable 0\ntotal_shmem " + std::to_string(2 * page_) + "\ntotal_unevictable " +
            std::to_string(page_) + "\n");
  group("pids", "pids.current", "1\n");
  const auto values = read(legacy());
  ASSERT_TRUE(values);
  EXPECT_EQ((*values)[physpages], (BeancounterValues{.held = 5, .max_held = 6, .failures = 8}));
  EXPECT_EQ((*values)[swappages], (BeancounterValues{.held = 1, .failures = 1}));
  EXPECT_EQ((*values)[oomguarpages], (BeancounterValues{.held = 6, .failures = 2}));
  EXPECT_EQ((*values)[kmemsize], (BeancounterValues{.held = 1000, .max_held = 2000, .failures = 0}));
  EXPECT_EQ((*values)[shmpages], BeancounterValues{.held = 2});
  EXPECT_EQ((*values)[lockedpages], BeancounterValues{.held = 1});
  EXPECT_EQ((*values)[numproc], BeancounterValues{.held = 1});
}

TEST_F(BeancountersTest, WhatNoFileTellsIsNotKnown) {
  const auto values = read(CgroupLayout(), BeancounterSet(1UL << static_cast<unsigned>(physpages)));
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, Beancounters());
}

TEST_F(BeancountersTest, OnlyThoseAskedForAreTold) {
  group("unified", "memory.current", "0\n");
  group("unified", "pids.current", "1\n");
  const auto values = read(unified(), BeancounterSet(1UL << static_cast<unsigned>(numproc)));
  ASSERT_TRUE(values);
  EXPECT_EQ((*values)[numproc].held, 1U);
  EXPECT_EQ((*values)[physpages].held, std::nullopt);
  EXPECT_EQ((*values)[numtcpsock].held, std::nullopt);
}

TEST_F(BeancountersTest, SocketsAreCountedInTheContainersNetwork) {
  const auto values = read(CgroupLayout());
  ASSERT_TRUE(values);
  EXPECT_TRUE((*values)[numtcpsock].held);
  EXPECT_TRUE((*values)[numothersock].held);
}

TEST_F(BeancountersTest, ProcessesOfTheGroupAndThoseBelowAreCounted) {
  group("unified", "cgroup.procs", "");
  group("unified", "system/cgroup.procs", std::to_string(getpid()) + "\n");
  const auto without = read(unified(), all_beancounters());
  ASSERT_TRUE(without);
  const Fd terminal(posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_TRUE(terminal && grantpt(terminal.get()) == 0 && unlockpt(terminal.get()) == 0);
  char name[64];
  ASSERT_EQ(ptsname_r(terminal.get(), name, sizeof name), 0);
  const Fd slave(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(slave);
  files_.write("lock", "");
  const Fd lock(open((files_ / "lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(flock(lock.get(), LOCK_EX), 0);
  const auto with = read(unified(), all_beancounters());
  ASSERT_TRUE(with);
  EXPECT_EQ((*with)[numfile].held, (*without)[numfile].held.value() + 3);
  EXPECT_EQ((*with)[numpty].held, (*without)[numpty].held.value() + 1);
  EXPECT_EQ((*with)[numflock].held, (*without)[numflock].held.value() + 1);
  EXPECT_GT((*with)[privvmpages].held, 0U);
  EXPECT_TRUE((*with)[numsiginfo].held);
}

TEST_F(BeancountersTest, AContainerThatHasEndedMeanwhileHasNone) {
  state_.init_start += 1;
  EXPECT_EQ(read(unified()), std::nullopt);
}

}  // namespace
}  // namespace vz
