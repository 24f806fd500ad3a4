#include "libvz/host/process_container.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vz {
namespace {

TEST(ProcessContainer, IsFoundInAnyHierarchy) {
  EXPECT_EQ(ctid_in_cgroups("0::/vz/101/init.scope\n"), 101U);
  EXPECT_EQ(ctid_in_cgroups("3:pids:/vz/7\n2:name=systemd:/\n0::/\n"), 7U);
  EXPECT_EQ(ctid_in_cgroups("12:cpu,cpuacct:/user.slice\n4:memory:/vz/2147483644/x:y\n"), 2147483644U);
}

TEST(ProcessContainer, WhatOnlyLooksLikeOneIsTheHosts) {
  for (const char* text : {"", "\n", "0::/\n", "0::/vz\n", "0::/vz/\n", "0::/vz/abc\n", "0::/vz/0\n",
                           "0::/vz/-1\n", "0::/vz/0101/x\n", "0::/other/vz/101\n", "0::/vz/101x\n",
                           "0::/vz/4294967397\n", "0::/vz/99999999999999999999\n", "nonsense", "0::"}) {
    EXPECT_EQ(ctid_in_cgroups(text), 0U) << text;
  }
}

TEST(ProcessContainer, PidInsideIsThatOfTheContainersOwnNamespace) {
  const ProcessStatus nested = parse_process_status("Name:\tinit\nPid:\t500\nNSpid:\t500\t1\t77\n");
  EXPECT_EQ(nested.name, "init");
  EXPECT_EQ(nested.inner_pid, 1);
  EXPECT_EQ(parse_process_status("Name:\ta b\\\\c\nNSpid:\t500\n").name, "a b\\c");
  EXPECT_EQ(parse_process_status("NSpid:\t500\n").inner_pid, 0);
}

TEST(ProcessContainer, ALivingProcessIsFoundAndADeadOneIsNot) {
  const auto self = find_process(getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->pid, getpid());
  EXPECT_FALSE(self->name.empty());
  EXPECT_EQ(find_container_of(getpid()), self->ctid);
  EXPECT_FALSE(find_container_of(1 << 30));
  EXPECT_FALSE(find_process(0));
  EXPECT_FALSE(find_process(1 << 30));
}

TEST(ProcessContainer, AllPidsAreInOrderAndContainOnesOwn) {
  const auto pids = all_pids();
  EXPECT_TRUE(std::is_sorted(pids.begin(), pids.end()));
  EXPECT_TRUE(std::find(pids.begin(), pids.end(), getpid()) != pids.end());
}

}  // namespace
}  // namespace vz
