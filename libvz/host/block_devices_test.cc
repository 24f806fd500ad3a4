#include "libvz/host/block_devices.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "libvz/core/file.h"

namespace vz {
namespace {

using ::testing::IsEmpty;

TEST(BlockDevices, AreNoneBelowAFileSystemWithoutDisk) {
  const auto devices = block_devices_below("/proc");
  ASSERT_TRUE(devices) << devices.error().text();
  EXPECT_THAT(*devices, IsEmpty());
}

TEST(BlockDevices, AreWholeDisks) {
  const auto devices = block_devices_below("/");
  ASSERT_TRUE(devices) << devices.error().text();
  for (const auto& device : *devices) {
    EXPECT_TRUE(is_directory("/sys/dev/block/" + device + "/queue")) << device;
    EXPECT_FALSE(exists("/sys/dev/block/" + device + "/partition")) << device;
  }
}

TEST(BlockDevices, OfAPathThatIsNotThereAreAnError) {
  EXPECT_FALSE(block_devices_below("/no/such/path"));
}

TEST(IoWeights, AreNotDoneByADeviceThatIsNotThere) {
  EXPECT_FALSE(does_io_weights("4095:1"));
}

}  // namespace
}  // namespace vz
