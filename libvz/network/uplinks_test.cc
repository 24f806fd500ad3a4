#include <gtest/gtest.h>
#include <net/if.h>

#include "libvz/network/netlink.h"

namespace vz {
namespace {

LinkInfo ethernet(int index, const std::string& name) {
  LinkInfo link;
  link.index = index;
  link.name = name;
  link.flags = IFF_UP;
  link.ethernet = true;
  return link;
}

std::vector<std::string> names(const std::vector<Uplink>& uplinks) {
  std::vector<std::string> out;
  for (const auto& uplink : uplinks) out.push_back(uplink.name);
  return out;
}

using Names = std::vector<std::string>;
IpAddress ip(const char* text) {
  return parse_ip(text).value();
}

class Uplinks : public testing::Test {
 protected:
  std::vector<LinkInfo> links_ = {ethernet(2, "eth0"), ethernet(3, "eth1"), ethernet(4, "venet101")};
  std::vector<InterfaceAddress> addresses_ = {{2, ip("10.0.0.1/24")},
                                              {3, ip("192.168.0.1/16")},
                                              {3, ip("fd00::1/64")},
                                              {4, ip("169.254.0.1/32")},
                                              {2, ip("fe80::2/64")}};
};

TEST_F(Uplinks, TheOneWhoseNetworkHoldsTheAddress) {
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("10.0.0.7"))), Names{"eth0"});
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("192.168.77.7"))), Names{"eth1"});
  EXPECT_EQ(choose_uplinks(links_, addresses_, ip("10.0.0.7")).front().address, ip("10.0.0.1/24"));
}

TEST_F(Uplinks, AllOfTheFamilyIfNoNetworkHoldsIt) {
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("8.8.8.8"))), (Names{"eth0", "eth1"}));
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("2001:db8::1"))), Names{"eth1"})
      << "link-local does not count";
}

TEST_F(Uplinks, NotWhatCannotLeadOutside) {
  links_[0].flags = 0;
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("10.0.0.7"))), Names{"eth1"});
  links_[0].flags = IFF_UP | IFF_LOOPBACK;
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("10.0.0.7"))), Names{"eth1"});
  links_[0] = ethernet(2, "eth0");
  links_[0].master = 9;
  EXPECT_EQ(names(choose_uplinks(links_, addresses_, ip("10.0.0.7"))), Names{"eth1"});
}

}  // namespace
}  // namespace vz
