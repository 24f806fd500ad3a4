#include "libvz/checkpoint/obstacles.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FuseMounts, AreThoseOfTheContainerAndNotLxcfs) {
  EXPECT_THAT(parse_fuse_mounts("500 400 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
                                "501 500 0:60 / /mnt/a rw - fuse x rw,user_id=0\n"
                                "502 500 0:61 / /mnt/b rw - fuse.sshfs host: rw\n"
                                "503 500 0:62 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n"
                                "504 500 0:63 / /dev/fuse rw - tmpfs tmpfs rw\n"),
              ElementsAre("/mnt/a", "/mnt/b"));
  EXPECT_THAT(parse_fuse_mounts(""), IsEmpty());
}

}  // namespace
}  // namespace vz
