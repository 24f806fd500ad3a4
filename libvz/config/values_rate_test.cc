#include <gtest/gtest.h>

#include "libvz/config/values.h"

namespace vz {
namespace {

TEST(Rates, AreReadAndWritten) {
  const auto rates = parse_rates("eth0:1:1000 *:15:64");
  ASSERT_TRUE(rates);
  ASSERT_EQ(rates->size(), 2U);
  EXPECT_EQ(rates->front(), (RateRule{"eth0", 1, 1000}));
  EXPECT_EQ(rates_text(*rates), "eth0:1:1000 *:15:64");
}

TEST(Rates, OfOtherFormsAreRefused) {
  for (const char* text : {"eth0", "eth0:1", ":1:5", "eth0:16:5", "eth0:1:0", "eth0:1:x", "eth0:-1:5",
                           "e/h:1:5", "eth0:1:1000000000"})
    EXPECT_FALSE(parse_rates(text)) << text;
}

TEST(Bandwidths, NameInterfacesWithOrWithoutASpeed) {
  const auto links = parse_bandwidths("eth0:100000 eth1");
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 2U);
  EXPECT_EQ(links->front(), (LinkBandwidth{"eth0", 100000}));
  EXPECT_EQ(links->back(), (LinkBandwidth{"eth1", std::nullopt}));
  for (const char* text : {"eth0:", "eth0:x", ":5", "a/b:5"}) EXPECT_FALSE(parse_bandwidths(text)) << text;
}

}  // namespace
}  // namespace vz
