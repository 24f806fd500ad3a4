#include "libvz/isolation/device_rule.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

const DevicePermission kNull{.type = 'c', .major = 1, .minor = 3, .read = true, .write = true, .mknod = true};

TEST(DevicePermissions, AreWrittenAsTheKernelReadsThem) {
  EXPECT_EQ(device_permission_text(kNull), "c 1:3 rwm");
  EXPECT_EQ(device_permission_text({.type = 'b', .major = {}, .minor = {}, .mknod = true}), "b *:* m");
  EXPECT_EQ(device_permission_text({.type = 'b', .major = 8, .minor = {}, .read = true}), "b 8:* r");
}

TEST(DevicePermissions, AreReadBack) {
  const auto read = parse_device_permissions("a *:* rwm\nc 1:3 rwm\nb 8:* r\nc x:3 r\nc 1 r\n\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0], kNull);
  EXPECT_EQ(read[1], (DevicePermission{.type = 'b', .major = 8, .minor = {}, .read = true}));
}

TEST(DevicePermissions, CoverThoseWithFewerDevices) {
  const DevicePermission memory{.type = 'c', .major = 1, .minor = {}};
  EXPECT_TRUE(memory.covers(kNull));
  EXPECT_FALSE(kNull.covers(memory));
  EXPECT_FALSE((DevicePermission{.type = 'b', .major = 1, .minor = {}}).covers(kNull));
}

}  // namespace
}  // namespace vz
