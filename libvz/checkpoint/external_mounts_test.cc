#include "libvz/checkpoint/external_mounts.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kMountinfo =
    "500 400 8:1 /vz/private/101 / rw,relatime - ext4 /dev/sda1 rw\n"
    "501 500 0:60 / /dev rw,nosuid - tmpfs tmpfs rw,mode=755\n"
    "502 501 0:6 /null /dev/null rw,relatime - devtmpfs udev rw\n"
    "503 501 0:6 /net/tun /dev/net/tun rw,relatime - devtmpfs udev rw\n"
    "504 500 0:61 / /proc rw - proc proc rw\n"
    "505 504 0:6 /null /proc/kcore rw,relatime - devtmpfs udev rw\n";

TEST(ExternalMounts, AreTheMountsOfTheNodesFileSystem) {
  EXPECT_THAT(
      parse_external_mounts(kMountinfo, "0:6"),
      ElementsAre("mnt[/dev/null]:dev.null", "mnt[/dev/net/tun]:dev.net-tun", "mnt[/proc/kcore]:dev.null"));
}

TEST(ExternalMounts, AreNotMountsOfOtherFileSystems) {
  EXPECT_THAT(parse_external_mounts(kMountinfo, "0:7"), IsEmpty());
  EXPECT_THAT(parse_external_mounts("502 501 0:60 /null /dev/null rw - tmpfs tmpfs rw\n", "0:6"), IsEmpty());
}

TEST(ExternalMounts, AreNotTheWholeOfADev) {
  EXPECT_THAT(parse_external_mounts("502 501 0:6 / /dev rw - devtmpfs udev rw\n", "0:6"), IsEmpty());
}

TEST(ExternalMounts, AreNotFoundInRubbish) {
  for (const char* text :
       {"", "\n\n", "0:6", "1 2 0:6", "1 2 0:6 /null /dev/null", "      ", "1 2 0:6 n /x rw"}) {
    EXPECT_THAT(parse_external_mounts(text, "0:6"), IsEmpty()) << text;
  }
}

TEST(ExternalMounts, HaveTheSameNamesAtTheRestore) {
  EXPECT_THAT(external_mounts_for({"null", "net/tun"}, "/run/vz/101.dev"),
              ElementsAre("mnt[dev.null]:/run/vz/101.dev/null", "mnt[dev.net-tun]:/run/vz/101.dev/net/tun"));
}

}  // namespace
}  // namespace vz
