#include "libvz/isolation/capabilities.h"

#include <gmock/gmock.h>
#include <linux/capability.h>

namespace vz {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(ContainerCapabilities, LeaveOutWhatReachesPastEveryNamespace) {
  for (const bool own_user_namespace : {true, false}) {
    const auto allowed = container_capabilities(own_user_namespace, {});
    for (const unsigned cap : {CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_TIME, CAP_SYSLOG, CAP_MAC_ADMIN,
                               CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE}) {
      EXPECT_THAT(allowed, Not(Contains(cap)));
    }
  }
}

TEST(ContainerCapabilities, HoldWhatAnInitNeeds) {
  const auto allowed = container_capabilities(true, {});
  for (const unsigned cap : {CAP_CHOWN, CAP_SETUID, CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_BOOT, CAP_KILL}) {
    EXPECT_THAT(allowed, Contains(cap));
  }
}

TEST(ContainerCapabilities, AreFewerWithoutAUserNamespace) {
  const auto without = container_capabilities(false, {});
  const auto with = container_capabilities(true, {});
  for (const unsigned cap : {CAP_MKNOD, CAP_SYS_RESOURCE, CAP_DAC_READ_SEARCH, CAP_LINUX_IMMUTABLE}) {
    EXPECT_THAT(with, Contains(cap));
    EXPECT_THAT(without, Not(Contains(cap)));
  }
  EXPECT_TRUE(std::ranges::includes(with, without));
}

TEST(ContainerCapabilities, FollowTheConfiguration) {
  const auto allowed = container_capabilities(true, {{CAP_SYS_TIME, true}, {CAP_NET_ADMIN, false}});
  EXPECT_THAT(allowed, Contains(unsigned{CAP_SYS_TIME}));
  EXPECT_THAT(allowed, Not(Contains(unsigned{CAP_NET_ADMIN})));
}

}  // namespace
}  // namespace vz
