#include "libvz/network/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace vz {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// A UDP datagram from 10.0.0.1:1 to 10.0.0.2:2 with the payload "a". By hand:
// 0x0a00+0x0001+0x0a00+0x0002+17+9 +0x0001+0x0002+0x0009+0x6100 = 0x7529, and its complement.
TEST(ChecksumTest, IsThatOfPseudoHeaderAndSegment) {
  std::string packet = from_hex(
      "4500001d00000000401100000a0000010a000002"
      "000100020009dead61");
  complete_checksum(packet.data(), packet.size());
  EXPECT_EQ(packet.substr(26, 2), from_hex("8ad6"));
}

TEST(ChecksumTest, LeavesFragmentsAndOtherProtocolsAlone) {
  for (const char* hex : {"4500001d00002000401100000a0000010a000002"
                          "000100020009dead61",
                          "4500001d00000000400100000a0000010a000002"
                          "000100020009dead61"}) {
    std::string packet = from_hex(hex);
    complete_checksum(packet.data(), packet.size());
    EXPECT_EQ(packet, from_hex(hex));
  }
}

TEST(ChecksumTest, DoesNotReadBeyondAPacketThatIsCutShort) {
  const std::string whole = from_hex(
      "4500001d00000000401100000a0000010a000002"
      "000100020009dead61");
  for (size_t size = 0; size < whole.size(); ++size) {
    std::string packet = whole.substr(0, size);
    complete_checksum(packet.data(), packet.size());
    EXPECT_EQ(packet, whole.substr(0, size));
  }
}

}  // namespace
}  // namespace vz
