#include "libvz/checkpoint/view_files.h"

#include <gmock/gmock.h>

#include <cstdint>

#include "libvz/checkpoint/criu_images.pb.h"
#include "libvz/checkpoint/image.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> parse(const std::string& mountinfo) {
  return parse_external_view_files(mountinfo, "0:22", "0:23");
}

TEST(ViewFiles, AreThoseOfLxcfs) {
  EXPECT_THAT(parse("600 504 0:70 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n"
                    "601 500 0:70 /sys/devices/system/cpu/online /srv/online rw - fuse.lxcfs lxcfs rw\n"),
              ElementsAre("mnt[/proc/meminfo]:view.proc-meminfo",
                          "mnt[/srv/online]:view.sys-devices-system-cpu-online"));
}

TEST(ViewFiles, AreThoseOfTheHostThatARestoreWithoutLxcfsPutThere) {
  EXPECT_THAT(
      parse("600 504 0:22 /meminfo /proc/meminfo rw - proc proc rw\n"
            "601 500 0:23 /devices/system/cpu/online /sys/devices/system/cpu/online rw - sysfs s rw\n"),
      ElementsAre("mnt[/proc/meminfo]:view.proc-meminfo",
                  "mnt[/sys/devices/system/cpu/online]:view.sys-devices-system-cpu-online"));
}

TEST(ViewFiles, AreNoOtherFilesOfLxcfsAndOfTheHost) {
  EXPECT_THAT(parse("600 504 0:70 / /mnt rw - fuse.lxcfs lxcfs rw\n"
                    "601 504 0:70 /cgroup /mnt rw - fuse.lxcfs lxcfs rw\n"
                    "602 504 0:22 /sysrq-trigger /mnt rw - proc proc rw\n"
                    "603 504 0:99 /meminfo /mnt rw - proc proc rw\n"
                    "604 504 0:98 /proc/meminfo /mnt rw - ext4 /dev/sda1 rw\n"),
              IsEmpty());
  for (const char* text : {"", "\n\n", "1 2 0:22", "1 2 0:22 /meminfo /x", "      "})
    EXPECT_THAT(parse(text), IsEmpty()) << text;
}

TEST(ViewFiles, AreAtTheRestoreThoseOfLxcfsWhereItServesThem) {
  const TestDirectory lxcfs;
  lxcfs.write("proc/meminfo", "");
  const auto external = external_view_files_for(lxcfs.path());
  EXPECT_THAT(external, Contains("mnt[view.proc-meminfo]:" + (lxcfs / "proc/meminfo")));
  EXPECT_THAT(external, Contains("mnt[view.proc-stat]:/proc/stat"));
  EXPECT_THAT(external_view_files_for(""), Contains("mnt[view.proc-meminfo]:/proc/meminfo"));
}

std::string message(const std::string& name, std::uint64_t size, const std::string& unknown = "") {
  criu_images::File file;
  file.set_id(7);
  file.mutable_reg()->set_id(7);
  file.mutable_reg()->set_name(name);
  file.mutable_reg()->set_size(size);
  const std::string bytes = file.SerializeAsString() + unknown;
  const auto length = static_cast<std::uint32_t>(bytes.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + bytes;
}

std::vector<std::string> sizes_in(const std::string& images) {
  std::vector<std::string> found;
  EXPECT_TRUE(read_image(images + "/files.img", [&](std::string_view bytes) {
    criu_images::File file;
    if (!file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    found.push_back(file.reg().name() +
                    (file.reg().has_size() ? " " + std::to_string(file.reg().size()) : ""));
    return true;
  }));
  return found;
}

TEST(ViewFiles, HaveNoSizeInTheDumpWhileOthersKeepTheirs) {
  const TestDirectory images;
  images.write("files.img", "magicnum" + message("proc/meminfo", 1503) + message("etc/passwd", 12) +
                                message("/proc/stat", 1) + message("srv/proc/stat", 5));
  ASSERT_TRUE(forget_view_file_sizes(images.path()));
  EXPECT_THAT(sizes_in(images.path()),
              ElementsAre("proc/meminfo", "etc/passwd 12", "/proc/stat", "srv/proc/stat 5"));
}

TEST(ViewFiles, KeepWhatWeDoNotKnowOfThem) {
  const TestDirectory images;
  const std::string unknown = "\xf8\x07\x05";  // field 127, a number
  images.write("files.img", "magicnum" + message("proc/meminfo", 1503, unknown));
  ASSERT_TRUE(forget_view_file_sizes(images.path()));
  EXPECT_TRUE(images.read("files.img").ends_with(unknown));
  EXPECT_THAT(sizes_in(images.path()), ElementsAre("proc/meminfo"));
}

TEST(ViewFiles, LeaveADumpWithoutThemAlone) {
  const TestDirectory images;
  EXPECT_TRUE(forget_view_file_sizes(images.path()));
  const std::string content = "magicnum" + message("etc/passwd", 12);
  images.write("files.img", content);
  ASSERT_TRUE(forget_view_file_sizes(images.path()));
  EXPECT_EQ(images.read("files.img"), content);
}

TEST(ViewFiles, OfACutOffImageAreAnError) {
  const TestDirectory images;
  const std::string content = "magicnum" + message("proc/meminfo", 12);
  images.write("files.img", content.substr(0, content.size() - 1));
  EXPECT_FALSE(forget_view_file_sizes(images.path()));
}

}  // namespace
}  // namespace vz
