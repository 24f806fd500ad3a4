#include "libvz/host/disk_usage.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

TEST(DiskUsage, IsNotKnownOfWhatNoQuotaCounts) {
  const TestDirectory files;
  files.write("some/file", std::string(5000, 'x'));
  struct stat status {};
  ASSERT_EQ(stat((files / "some").c_str(), &status), 0);
  DiskUsageReader reader;
  for (int round = 0; round < 2; ++round) {
    const DiskUsage usage = reader.read(files / "some", status.st_dev);
    EXPECT_EQ(usage.kilobytes, std::nullopt);
    EXPECT_EQ(usage.inodes, std::nullopt);
  }
  EXPECT_EQ(reader.read(files / "missing", status.st_dev).kilobytes, std::nullopt);
}

}  // namespace
}  // namespace vz
