#include "libvz/network/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libvz/network/gate.h"
#include "libvz/network/nft_set.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<IpAddress> ips(const std::vector<std::string>& texts) {
  std::vector<IpAddress> out;
  for (const auto& text : texts) out.push_back(parse_ip(text).value());
  return out;
}

TEST(Filter, VenetLetsOnlyItsAddressesThrough) {
  EXPECT_EQ(venet_filter_script(101, ips({"10.0.0.1/24", "fd00::1", "10.0.0.2"})),
            "add set inet vz ip4_venet101 { type ipv4_addr; }\n"
            "flush set inet vz ip4_venet101\n"
            "add element inet vz ip4_venet101 { 10.0.0.1, 10.0.0.2 }\n"
            "add set inet vz ip6_venet101 { type ipv6_addr; }\n"
            "flush set inet vz ip6_venet101\n"
            "add element inet vz ip6_venet101 { fd00::1 }\n"
            "add chain inet vz from_venet101\n"
            "flush chain inet vz from_venet101\n"
            "add rule inet vz from_venet101 ip saddr @ip4_venet101 accept\n"
            "add rule inet vz from_venet101 ip6 saddr @ip6_venet101 accept\n"
            "add rule inet vz from_venet101 ip6 saddr { ::, fe80::/10 } icmpv6 type "
            "{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept\n"
            "add rule inet vz from_venet101 counter drop\n"
            "add element inet vz ends { \"venet101\" : jump from_venet101 }\n");
}

TEST(Filter, WithoutAddressesNothingPasses) {
  EXPECT_THAT(venet_filter_script(101, {}), Not(HasSubstr("add element inet vz ip")));
}

TEST(Filter, RemovalMakesSureThatThereIsSomethingToRemove) {
  const IpAddress ip = parse_ip("10.0.0.1").value();
  EXPECT_EQ(venet_remove_script(101, ip),
            "add set inet vz ip4_venet101 { type ipv4_addr; }\n"
            "add element inet vz ip4_venet101 { 10.0.0.1 }\n"
            "delete element inet vz ip4_venet101 { 10.0.0.1 }\n");
}

TEST(Filter, VethLetsOnlyItsMacThrough) {
  EXPECT_EQ(veth_filter_script("veth101.0", Mac{{0, 0x18, 0x51, 1, 2, 3}}),
            "add chain bridge vz from_veth101.0\n"
            "flush chain bridge vz from_veth101.0\n"
            "add rule bridge vz from_veth101.0 ether saddr != 00:18:51:01:02:03 counter drop\n"
            "add rule bridge vz from_veth101.0 arp saddr ether != 00:18:51:01:02:03 counter drop\n"
            "add element bridge vz ends { \"veth101.0\" : jump from_veth101.0 }\n"
            "add chain inet vz from_veth101.0\n"
            "flush chain inet vz from_veth101.0\n"
            "add rule inet vz from_veth101.0 ether saddr != 00:18:51:01:02:03 counter drop\n"
            "add element inet vz ends { \"veth101.0\" : jump from_veth101.0 }\n");
}

TEST(Filter, NamesCannotHoldSyntax) {
  for (const char* name : {"veth101.0", "br-lan", "a_b"}) EXPECT_TRUE(is_valid_interface_name(name)) << name;
  for (const char* name : {"", "..", "a b", "a\"b", "a;b", "a/b", "a\nb", "sixteen-letters-"}) {
    EXPECT_FALSE(is_valid_interface_name(name)) << name;
  }
}

TEST(Gate, TransactionNamesTheSetAndTheInterface) {
  const std::string bytes = set_transaction(FilterFamily::inet, "gate", "venet101", true);
  EXPECT_EQ(bytes.size() % 4, 0U);
  EXPECT_THAT(bytes, HasSubstr(std::string("venet101\0\0\0\0\0\0\0\0", 16)));
  EXPECT_THAT(bytes, HasSubstr(std::string("gate\0", 5)));
}

TEST(Gate, RefusesBadNames) {
  const auto result = close_gate({"venet1\" }; flush ruleset"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ExitCode::netdev);
}

}  // namespace
}  // namespace vz
