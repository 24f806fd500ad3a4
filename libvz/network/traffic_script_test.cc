#include "libvz/network/traffic_script.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtbScript, PutsContainersBelowTheTotalsAndTheseBelowTheLink) {
  EXPECT_EQ(htb_script({.name = "eth0", .link_kbits = 100000, .total_rates = {{"eth0", 1, 20000}}},
                       {{.id = 0x100, .traffic_class = 1, .rate_kbits = 500, .ceiling_kbits = 20000},
                        {.id = 0x1ff, .traffic_class = 2, .rate_kbits = 64, .ceiling_kbits = 64}}),
            "class replace dev eth0 parent 1: classid 1:1 htb rate 100000kbit ceil 100000kbit quantum 15140\n"
            "class replace dev eth0 parent 1:1 classid 1:3 htb rate 20000kbit ceil 20000kbit quantum 15140\n"
            "class replace dev eth0 parent 1:3 classid 1:100 htb rate 500kbit ceil 20000kbit quantum 15140\n"
            "class replace dev eth0 parent 1:1 classid 1:1ff htb rate 64kbit ceil 64kbit quantum 15140\n");
}

TEST(HtbScript, NeedsNeitherTotalsNorALink) {
  EXPECT_EQ(htb_script({.name = "eth0", .link_kbits = {}, .total_rates = {}},
                       {{.id = 0x100, .traffic_class = 1, .rate_kbits = 5, .ceiling_kbits = 9}}),
            "class replace dev eth0 parent 1: classid 1:100 htb rate 5kbit ceil 9kbit quantum 15140\n");
}

TEST(TrafficScript, CountsByClassAndMarksWhatIsSent) {
  const auto classes = parse_network_classes("1 0.0.0.0/0\n2 fd00::/8\n", "f");
  const std::string script = traffic_script(101, {"venet101"}, classes, {{1, 0x100}, {2, std::nullopt}});
  EXPECT_THAT(script, HasSubstr("add rule inet vz sent_101 ip daddr 0.0.0.0/0 counter name sent_101_1 meta "
                                "priority set 1:100 return\n"));
  EXPECT_THAT(script,
              HasSubstr("add rule inet vz sent_101 ip6 daddr fd00::/8 counter name sent_101_2 return\n"));
  EXPECT_THAT(script,
              HasSubstr("add rule bridge vz received_101 ip saddr 0.0.0.0/0 counter name received_101_1 "
                        "return\n"));
  EXPECT_THAT(script, HasSubstr("add element inet vz sent { \"venet101\" : jump sent_101 }\n"));
  EXPECT_THAT(script, Not(HasSubstr("received_101_1 meta")));
}

}  // namespace
}  // namespace vz
