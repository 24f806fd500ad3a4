#include "libvz/config/values.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/config/parameter_table.h"

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const auto kPage = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

// The stored form of what an option of that unit says; "error" if it is refused.
std::string limits(std::string_view text, Unit unit, bool truncate = false) {
  ParseContext context;
  context.truncate = truncate;
  const auto value = parse_barrier_limit(text, unit, context);
  return value ? barrier_limit_text(*value) + (context.truncated ? " truncated" : "") : "error";
}

TEST(Values, CountTakesNoSuffixAndCutsFractions) {
  EXPECT_EQ(limits("80:100", Unit::count), "80:100");
  EXPECT_EQ(limits("5.7", Unit::count), "5");
  EXPECT_EQ(limits("5K", Unit::count), "error");
  EXPECT_EQ(limits("unlimited", Unit::count), "unlimited");
  EXPECT_EQ(limits("10:5", Unit::count), "10:5");
  EXPECT_EQ(limits("", Unit::count), "error");
  EXPECT_EQ(limits("10:", Unit::count), "error");
  EXPECT_EQ(limits("0x10", Unit::count), "error");
}

TEST(Values, PagesCountBareNumbersAsPagesAndSuffixedOnesAsBytes) {
  EXPECT_EQ(limits("1280", Unit::pages), "1280");
  EXPECT_EQ(limits("5M:6M", Unit::pages),
            std::to_string((5 << 20) / kPage) + ":" + std::to_string((6 << 20) / kPage));
  EXPECT_EQ(limits("7P", Unit::pages), "7");
  EXPECT_EQ(limits("1B", Unit::pages), "0");
}

TEST(Values, BytesHaveSuffixesAndFractions) {
  EXPECT_EQ(limits("1.5M", Unit::bytes), "1572864");
  EXPECT_EQ(limits("1g", Unit::bytes), "1073741824");
  EXPECT_EQ(limits("1.2.3", Unit::bytes), "error");
  EXPECT_EQ(limits("12X", Unit::bytes), "error");
}

TEST(Values, TooLargeIsAnErrorOnTheCommandLineAndTruncatedInAFile) {
  EXPECT_EQ(limits("9223372036854775807", Unit::count), "unlimited");
  EXPECT_EQ(limits("9223372036854775808", Unit::count), "error");
  EXPECT_EQ(limits("9223372036854775808", Unit::count, true), "unlimited truncated");
  EXPECT_EQ(limits("-1", Unit::count), "error");
  EXPECT_EQ(limits("-1", Unit::count, true), "unlimited truncated");
  EXPECT_EQ(limits("99999999999999999999", Unit::count, true), "error");
}

TEST(Values, MemoryIsRoundedUpToPages) {
  ParseContext context;
  EXPECT_EQ(parse_memory("512M", context)->limit, (512ULL << 20) / kPage);
  EXPECT_EQ(parse_memory("1", context)->limit, 1U);
  EXPECT_EQ(parse_memory("512M", context)->barrier, 0U);
  EXPECT_EQ(barrier_limit_text(*parse_memory("unlimited", context)), "0:unlimited");
}

TEST(Values, DiskSpaceIsInKilobytes) {
  ParseContext context;
  EXPECT_EQ(soft_hard_text(*parse_soft_hard("5G:6G", Unit::kilobytes, context)), "5242880:6291456");
  EXPECT_EQ(soft_hard_text(*parse_soft_hard("1000", Unit::kilobytes, context)), "1000:1000");
  EXPECT_EQ(soft_hard_text(*parse_soft_hard("2G:2.2G", Unit::kilobytes, context)), "2097152:2306867");
  EXPECT_FALSE(parse_soft_hard("unlimited", Unit::kilobytes, context));
  EXPECT_EQ(soft_hard_text(*parse_soft_hard("100K:200K", Unit::inodes, context)), "102400:204800");
}

TEST(Values, CpuLimitInPercentOfTheHostCountsAllCpus) {
  EXPECT_EQ(parse_cpulimit("200", 2), 200U);
  EXPECT_EQ(parse_cpulimit("50%", 2), 100U);
  EXPECT_EQ(parse_cpulimit("0", 2), 0U);
  EXPECT_FALSE(parse_cpulimit("101%", 2));
  EXPECT_FALSE(parse_cpulimit("x", 2));
}

TEST(Values, MasksAreCanonical) {
  EXPECT_EQ(parse_id_mask("7,0-2,3", false)->text(), "0-3,7");
  EXPECT_EQ(parse_id_mask("all", false)->text(), "all");
  EXPECT_EQ(parse_id_mask("auto", true)->text(), "auto");
  EXPECT_FALSE(parse_id_mask("auto", false));
  EXPECT_FALSE(parse_id_mask("3-1", false));
  EXPECT_FALSE(parse_id_mask("4096", false));
  EXPECT_FALSE(parse_id_mask("", false));
}

TEST(Values, CapabilitiesAreCaseInsensitiveAndStoredUpperCase) {
  ParseContext context;
  EXPECT_EQ(capabilities_text(*parse_capabilities("sys_time:off,NET_ADMIN:on", context)),
            "NET_ADMIN:on SYS_TIME:off");
  EXPECT_FALSE(parse_capabilities("sys_time:on,foo:on", context));
  EXPECT_FALSE(parse_capabilities("sys_time", context));
  EXPECT_THAT(context.notes, ElementsAre("Capability foo is unknown",
                                         "Can't parse capability sys_time (expecting capname:on|off)"));
  EXPECT_FALSE(parse_capabilities("setveid:on", context));
  EXPECT_FALSE(parse_capabilities("fs_mask:on", context));
}

TEST(Values, AddressesAreCanonical) {
  EXPECT_EQ(parse_ip("2001:DB8::0001/64")->text(), "2001:db8::1/64");
  EXPECT_EQ(parse_ip("10.0.0.1/24")->address(), "10.0.0.1");
  EXPECT_FALSE(parse_ip("10.0.0.1/33"));
  EXPECT_FALSE(parse_ip("10.0.0"));
  EXPECT_FALSE(parse_ip("10.0.0.1/"));
  EXPECT_EQ(ip_list_text(*parse_ip_list("10.0.0.1 0.0.0.0 10.0.0.1/24 ::")), "10.0.0.1");
}

TEST(Values, InheritEndsAListOfNameservers) {
  EXPECT_THAT(*parse_nameservers("inherit # text"), ElementsAre("inherit"));
  EXPECT_THAT(*parse_nameservers("1.1.1.1 8.8.8.8 1.1.1.1"), ElementsAre("1.1.1.1", "8.8.8.8"));
  EXPECT_THAT(*parse_nameservers(""), IsEmpty());
  EXPECT_FALSE(parse_nameservers("dns"));
  EXPECT_FALSE(parse_searchdomains("a.b;reboot"));
}

TEST(Values, NamesKeepToTheirCharacters) {
  EXPECT_EQ(parse_container_name("web-1 a+b_c.d"), "web-1 a+b_c.d");
  EXPECT_EQ(parse_container_name(""), "");
  EXPECT_FALSE(parse_container_name("a/b"));
  EXPECT_FALSE(parse_container_name(".."));
  EXPECT_FALSE(parse_container_name("a\"b"));
}

TEST(Values, MacIsPrintedInUpperCase) {
  EXPECT_EQ(parse_mac("00:18:51:aB:8b:0C")->text(), "00:18:51:AB:8B:0C");
  EXPECT_FALSE(parse_mac("00:18:51:ab:8b"));
  EXPECT_FALSE(parse_mac("0:18:51:ab:8b:00"));
  EXPECT_FALSE(parse_mac("00:18:51:ab:8b:0g"));
}

TEST(Values, NetifSurvivesParsingAndPrinting) {
  const std::string text =
      "ifname=eth0,bridge=br0,mac=00:18:51:57:B8:0B,host_ifname=veth101.0,host_mac=00:18:51:38:49:64,mac_"
      "filter=off;"
      "ifname=eth1";
  EXPECT_EQ(netif_text(*parse_netif(text)), text);
  EXPECT_FALSE(parse_netif("mac=00:18:51:57:B8:0B"));
  EXPECT_FALSE(parse_netif("ifname=eth0;ifname=eth0"));
  EXPECT_FALSE(parse_netif("ifname=eth0,colour=red"));
  EXPECT_FALSE(parse_netif("ifname=averylonginterface"));
}

TEST(Values, NetifAddMayLeavePartsOut) {
  ParseContext context;
  const auto veth = parse_netif_add("eth0,,,,br0", context);
  ASSERT_TRUE(veth);
  EXPECT_EQ(netif_text({*veth}), "ifname=eth0,bridge=br0");
  EXPECT_FALSE(parse_netif_add("eth0,12", context));
  EXPECT_THAT(context.notes, ElementsAre("Invalid container MAC address length"));
  EXPECT_FALSE(parse_netif_add("", context));
  EXPECT_FALSE(parse_netif_add("a,,,,b,c", context));
}

TEST(Values, DeviceNodesStayBelowDev) {
  ParseContext context;
  EXPECT_EQ(device_nodes_text(*parse_device_nodes("net/tun:rw fuse:none", context)), "net/tun:rw fuse:none ");
  EXPECT_FALSE(parse_device_nodes("../etc/shadow:r", context));
  EXPECT_FALSE(parse_device_nodes("net/tun", context));
  EXPECT_FALSE(parse_device_nodes("net/tun:x", context));
}

TEST(Values, LayoutModeIsReadAndDropped) {
  EXPECT_EQ(parse_layout("ploop:expanded"), Layout::ploop);
  EXPECT_EQ(parse_layout("simfs"), Layout::simfs);
  EXPECT_FALSE(parse_layout("ploop:"));
  EXPECT_FALSE(parse_layout("zfs"));
}

TEST(Values, FactorsKeepTheirValueWhenTheyAreWritten) {
  EXPECT_EQ(factor_text(1.5), "1.5");
  EXPECT_EQ(factor_text(0), "0");
  for (const double value : {1.23456789, 7.7e31, 1e-7, 1.0 / 3}) {
    EXPECT_EQ(parse_factor(factor_text(value)).value_or(-1), value);
  }
}

TEST(Values, ControlCharactersAreInNoValueThatIsSaved) {
  const auto refused = [](std::string_view key, std::string_view text) {
    Parameters into;
    ParseContext context;
    return !find_parameter(key)->parse(text, context, into) && is_empty(into);
  };
  using namespace std::string_view_literals;
  for (const auto text : {"a\x7f"sv, "a\nb"sv, "\x01"sv, "a\0b"sv}) {
    EXPECT_TRUE(refused("HOSTNAME", text));
    EXPECT_TRUE(refused("DESCRIPTION", text));
  }
  EXPECT_TRUE(refused("NAMESERVER", "10.0.0.1\0"sv));
  EXPECT_TRUE(refused("IP_ADDRESS", "10.0.0.1\0x"sv));
  EXPECT_TRUE(refused("DEVNODES", "null\x7f:rw"sv));
  EXPECT_TRUE(refused("DEVNODES", "a\nb:rw"sv));
}

}  // namespace
}  // namespace vz
