#include "libvz/network/traffic_classes.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

std::string read(std::string_view text) {
  std::string out;
  for (const auto& one : parse_network_classes(text, "f"))
    out += std::to_string(one.traffic_class) + " " + one.network.text() + "\n";
  return out;
}

TEST(NetworkClasses, AreAllOneWhereNothingIsSaid) {
  EXPECT_EQ(read(""), "1 0.0.0.0/0\n1 ::/0\n");
  EXPECT_EQ(read("# comment\n\n"), "1 0.0.0.0/0\n1 ::/0\n");
}

TEST(NetworkClasses, OfLongerPrefixesComeFirst) {
  EXPECT_EQ(read("1 0.0.0.0/0\n2 10.0.0.0/8 # inner\n3 10.1.0.0/16\n4 fd00::/8\n0 10.9.9.9\n"),
            "0 10.9.9.9\n3 10.1.0.0/16\n2 10.0.0.0/8\n4 fd00::/8\n1 0.0.0.0/0\n");
}

TEST(NetworkClasses, ThatCannotBeReadAreLeftOutAndNamed) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(read("16 0.0.0.0/0\n1 x/8\n1\n2 10.0.0.0/8\n"), "2 10.0.0.0/8\n");
  const std::string said = testing::internal::GetCapturedStderr();
  for (const char* line : {"f:1", "f:2", "f:3"}) EXPECT_NE(said.find(line), std::string::npos) << said;
}

}  // namespace
}  // namespace vz
