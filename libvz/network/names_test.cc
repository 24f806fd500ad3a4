#include "libvz/network/names.h"

#include <gtest/gtest.h>

#include <set>

namespace vz {
namespace {

constexpr Ctid kLargest = 2147483644;
const Mac kHost{{2, 0, 0, 0, 0, 1}};

TEST(Names, HostEndsFitInterfaceNames) {
  EXPECT_EQ(venet_host_name(101), "venet101");
  EXPECT_EQ(venet_host_name(kLargest).size(), 15U);
  EXPECT_EQ(default_veth_host_name(101, "eth0"), "veth101.0");
  EXPECT_EQ(default_veth_host_name(101, "eth12"), "veth101.12");
  EXPECT_EQ(default_veth_host_name(101, "lan"), "veth101.0");
  EXPECT_EQ(default_veth_host_name(kLargest, "eth1"), "ve2147483644.1");
}

TEST(Names, HostEndsAreRecognised) {
  for (const char* name : {"venet101", "veth101.0", "ve2147483644.1"})
    EXPECT_TRUE(is_host_end_name(name)) << name;
  for (const char* name : {"venet", "eth0", "veth12ab.0", "veth", "vethab12cd", "ve", "veth1.", "br0"}) {
    EXPECT_FALSE(is_host_end_name(name)) << name;
  }
}

TEST(Names, IndexesAreHighAndApart) {
  std::set<int> seen;
  for (const Ctid ctid : {1U, 101U, 102U, 16777215U}) {
    for (unsigned slot = 0; slot < kIfindexSlots; ++slot) {
      const int index = container_ifindex(ctid, slot);
      EXPECT_GE(index, 1 << 30);
      EXPECT_TRUE(seen.insert(index).second);
    }
  }
  EXPECT_GE(container_ifindex(kLargest, 63), 1 << 30);
  EXPECT_EQ(container_ifindex(16777215, 63), 2147483647);
}

TEST(Names, VethNeverTakesTheSlotOfVenet) {
  for (const char* name : {"eth0", "eth62", "eth63", "lan", "eth99999999999999999999"}) {
    EXPECT_GE(first_veth_slot(name), 1U) << name;
    EXPECT_LT(first_veth_slot(name), kIfindexSlots) << name;
  }
}

TEST(Names, MacsAreStableAndDependOnEverything) {
  const Mac mac = generate_mac("eth0", 101, kHost);
  EXPECT_EQ(mac.text().substr(0, 8), "00:18:51");
  EXPECT_EQ(mac, generate_mac("eth0", 101, kHost));
  EXPECT_NE(mac, generate_mac("eth1", 101, kHost));
  EXPECT_NE(mac, generate_mac("eth0", 102, kHost));
  EXPECT_NE(mac, generate_mac("eth0", 101, Mac{}));
}

TEST(Names, VethIsCompleted) {
  Veth veth;
  veth.ifname = "eth0";
  const Veth full = complete_veth(101, veth, kHost);
  EXPECT_EQ(full.host_ifname, "veth101.0");
  EXPECT_NE(*full.mac, *full.host_mac);
  veth.mac = Mac{{0, 1, 2, 3, 4, 5}};
  EXPECT_EQ(*complete_veth(101, veth, kHost).host_mac, *veth.mac);
  veth.host_mac = Mac{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}};
  EXPECT_EQ(*complete_veth(101, veth, kHost).host_mac, *veth.host_mac);
}

}  // namespace
}  // namespace vz
