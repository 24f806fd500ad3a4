#include "libvz/host/kernel_files.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

TEST(KernelFiles, NumbersAreFoundByTheirKey) {
  constexpr std::string_view kText = "low 0\nmax 12\nmaximum 3\nsockets: used 5 6\nodd x\nempty \nlast 9";
  EXPECT_EQ(number_after(kText, "max"), 12U);
  EXPECT_EQ(number_after(kText, "maximum"), 3U);
  EXPECT_EQ(number_after(kText, "sockets: used"), 5U);
  EXPECT_EQ(number_after(kText, "last"), 9U);
  for (const char* key : {"odd", "empty", "missing", "ma", "x"})
    EXPECT_EQ(number_after(kText, key), std::nullopt) << key;
  EXPECT_EQ(number_after("", "max"), std::nullopt);
}

TEST(KernelFiles, AreReadFromTheDirectoryThatWasOpened) {
  const TestDirectory files;
  files.write("group/one", "7\n");
  files.write("group/unlimited", "max\n");
  files.write("group/long", std::string(10000, 'x') + "\n");
  KernelFiles group(files / "group");
  ASSERT_TRUE(group);
  EXPECT_EQ(group.number("one"), 7U);
  EXPECT_EQ(group.number("unlimited"), std::nullopt);
  EXPECT_EQ(group.number("missing"), std::nullopt);
  EXPECT_EQ(group.text("long").size(), 10001U);
  ASSERT_EQ(rename((files / "group").c_str(), (files / "gone").c_str()), 0);
  files.write("group/one", "8\n");
  EXPECT_EQ(group.number("one"), 7U);
  EXPECT_FALSE(KernelFiles(files / "missing"));
}

}  // namespace
}  // namespace vz
