#include "libvz/config/changes.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

Parameters with_ip(std::string_view text) {
  Parameters parameters;
  parameters.ip = *parse_ip_list(text);
  return parameters;
}

std::string ip_after(const Changes& changes, std::string_view current) {
  const auto out = resolve_changes(changes, with_ip(current));
  return out && out->ip ? ip_list_text(*out->ip) : "unchanged";
}

TEST(Changes, AddressesAreAddedToThoseThatAreThere) {
  Changes changes;
  changes.given = with_ip("10.0.0.2 10.0.0.1/24");
  EXPECT_EQ(ip_after(changes, "10.0.0.1 10.0.0.3"), "10.0.0.1/24 10.0.0.3 10.0.0.2");
}

TEST(Changes, DeletingAnAddressIgnoresThePrefix) {
  Changes changes;
  changes.delete_ip = *parse_ip_list("10.0.0.1/8");
  EXPECT_EQ(ip_after(changes, "10.0.0.1/24 10.0.0.3"), "10.0.0.3");
}

TEST(Changes, DeletingAllAndAddingReplaces) {
  Changes changes;
  changes.delete_all_ip = true;
  EXPECT_EQ(ip_after(changes, "10.0.0.1"), "");
  changes.given = with_ip("10.0.0.9");
  EXPECT_EQ(ip_after(changes, "10.0.0.1"), "10.0.0.9");
}

TEST(Changes, WhatIsNotSpokenOfIsNotSet) {
  EXPECT_EQ(ip_after(Changes(), "10.0.0.1"), "unchanged");
}

TEST(Changes, AnInterfaceAddedAgainReplacesTheOldOne) {
  Parameters current;
  current.netif = *parse_netif("ifname=eth0,bridge=br1;ifname=eth1");
  Changes changes;
  ParseContext context;
  changes.given.netif = std::vector<Veth>{*parse_netif_add("eth0,,,,br0", context)};
  const auto out = resolve_changes(changes, current);
  ASSERT_TRUE(out);
  EXPECT_EQ(netif_text(*out->netif), "ifname=eth0,bridge=br0;ifname=eth1");
}

TEST(Changes, AnInterfaceIsEditedByItsName) {
  Parameters current;
  current.netif = *parse_netif("ifname=eth0,bridge=br0,host_ifname=veth101.0");
  Changes changes;
  changes.edit_netif.emplace();
  changes.edit_netif->ifname = "eth0";
  changes.edit_netif->mac_filter = false;
  changes.edit_bridge = "br1";
  const auto out = resolve_changes(changes, current);
  ASSERT_TRUE(out);
  EXPECT_EQ(netif_text(*out->netif), "ifname=eth0,bridge=br1,host_ifname=veth101.0,mac_filter=off");
  changes.edit_netif->ifname = "eth1";
  const auto missing = resolve_changes(changes, current);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ExitCode::invalid_syntax);
  EXPECT_EQ(missing.error().text(),
            "Invalid usage: veth device eth1 is not configured, use --netif_add option first");
}

TEST(Changes, InterfacesAreDeletedByName) {
  Parameters current;
  current.netif = *parse_netif("ifname=eth0;ifname=eth1");
  Changes changes;
  changes.delete_netif = {"eth0", "eth7"};
  testing::internal::CaptureStderr();
  const auto out = resolve_changes(changes, current);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "Container does not have configured veth: eth7, skipped\n");
  EXPECT_EQ(netif_text(*out->netif), "ifname=eth1");
}

TEST(Changes, CapabilitiesAndDevicesAddUp) {
  ParseContext context;
  Parameters current;
  current.capability = *parse_capabilities("net_admin:on sys_time:on", context);
  current.devnodes = *parse_device_nodes("fuse:rw", context);
  Changes changes;
  changes.given.capability = *parse_capabilities("sys_time:off", context);
  changes.given.devnodes = *parse_device_nodes("net/tun:rw fuse:none", context);
  const auto out = resolve_changes(changes, current);
  EXPECT_EQ(capabilities_text(*out->capability), "NET_ADMIN:on SYS_TIME:off");
  EXPECT_EQ(device_nodes_text(*out->devnodes), "fuse:none net/tun:rw ");
}

}  // namespace
}  // namespace vz
