#include "libvz/network/packet.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

const Mac kMac{{0x00, 0x18, 0x51, 0x01, 0x02, 0x03}};

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[static_cast<std::uint8_t>(byte) >> 4];
    out += kDigits[static_cast<std::uint8_t>(byte) & 15];
  }
  return out;
}

TEST(Packet, GratuitousArp) {
  const IpAddress ip = parse_ip("10.0.0.1").value();
  EXPECT_EQ(hex(arp_announcement(kMac, ip, false)),
            "ffffffffffff001851010203080600010800060400010018510102030a0000010000000000000a000001");
  EXPECT_EQ(hex(arp_announcement(kMac, ip, true)),
            "ffffffffffff001851010203080600010800060400020018510102030a0000010018510102030a000001");
}

TEST(Packet, ArpRequest) {
  const IpAddress ip = parse_ip("10.0.0.1").value();
  EXPECT_EQ(hex(arp_request(kMac, std::nullopt, ip)),
            "ffffffffffff00185101020308060001080006040001001851010203000000000000000000000a000001");
  EXPECT_EQ(hex(arp_request(kMac, parse_ip("10.0.0.9").value(), ip)),
            "ffffffffffff001851010203080600010800060400010018510102030a0000090000000000000a000001");
}

TEST(Packet, ArpWithEveryFieldAsWanted) {
  EXPECT_EQ(hex(arp_frame({.from = kMac,
                           .to = parse_mac("02:00:00:00:00:01").value(),
                           .reply = true,
                           .sender_mac = parse_mac("02:00:00:00:00:02").value(),
                           .sender = parse_ip("10.0.0.1").value(),
                           .target_mac = parse_mac("02:00:00:00:00:03").value(),
                           .target = parse_ip("10.0.0.2").value()})),
            "020000000001001851010203080600010800060400020200000000020a0000010200000000030a000002");
}

// The ones' complement sum over pseudo header and message, checksum included, is all ones (RFC 1071).
bool checksum_is_right(const std::string& frame) {
  const std::string ip = frame.substr(14);
  const std::string message = ip.substr(40);
  std::string whole = ip.substr(8, 32);
  whole += std::string("\0\0", 2) + static_cast<char>(message.size() >> 8) +
           static_cast<char>(message.size() & 0xff);
  whole += std::string("\0\0\0\x3a", 4) + message;
  unsigned sum = 0;
  for (size_t at = 0; at < whole.size(); at += 2) {
    sum += static_cast<unsigned>(static_cast<std::uint8_t>(whole[at])) << 8 |
           static_cast<std::uint8_t>(whole[at + 1]);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

TEST(Packet, NeighbourAdvertisement) {
  const std::string frame = neighbour_advertisement(kMac, parse_ip("fd00::1:2").value());
  EXPECT_EQ(hex(frame.substr(0, 14)), "33330000000100185101020386dd");
  EXPECT_EQ(hex(frame.substr(14, 8)), "6000000000203aff");
  EXPECT_EQ(hex(frame.substr(22, 32)), "fd000000000000000000000000010002ff020000000000000000000000000001");
  EXPECT_EQ(hex(frame.substr(54, 2)), "8800");
  EXPECT_EQ(hex(frame.substr(58)), "20000000fd0000000000000000000000000100020201001851010203");
  EXPECT_TRUE(checksum_is_right(frame));
}

TEST(Packet, NeighbourProbe) {
  const std::string frame = neighbour_probe(kMac, parse_ip("fd00::1:2").value());
  EXPECT_EQ(hex(frame.substr(0, 6)), "3333ff010002");
  EXPECT_EQ(hex(frame.substr(22, 32)), "00000000000000000000000000000000ff0200000000000000000001ff010002");
  EXPECT_TRUE(checksum_is_right(frame));
}

TEST(Packet, ReadsClaims) {
  const IpAddress ip4 = parse_ip("10.0.0.1").value();
  const IpAddress ip6 = parse_ip("fd00::1:2").value();
  const auto arp = read_claim(arp_announcement(kMac, ip4, true));
  ASSERT_TRUE(arp);
  EXPECT_TRUE(arp->ip.same_address(ip4));
  EXPECT_EQ(arp->mac, kMac);
  const auto advertisement = read_claim(neighbour_advertisement(kMac, ip6));
  ASSERT_TRUE(advertisement);
  EXPECT_TRUE(advertisement->ip.same_address(ip6));
  EXPECT_FALSE(read_claim(neighbour_probe(kMac, ip6)));
}

TEST(Packet, ShortFramesAreNothing) {
  for (const auto& frame : {arp_announcement(kMac, parse_ip("10.0.0.1").value(), true),
                            neighbour_advertisement(kMac, parse_ip("fd00::1:2").value())}) {
    const size_t needed = frame.size() > 60 ? frame.size() - 8 : frame.size();
    for (size_t length = 0; length < needed; ++length)
      EXPECT_FALSE(read_claim(frame.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace vz
