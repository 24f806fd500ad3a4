#include "libvz/distro/dist_scripts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "libvz/core/file.h"

namespace vz {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Dist : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vz-dist-XXXXXX";
    paths_.config = mkdtemp(name);
    put("scripts/functions", "functions\n");
    put("scripts/a.sh", "script a\n");
    put("scripts/b.sh", "script b\n");
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(paths_.config)); }

  void put(const std::string& name, const std::string& content) {
    ASSERT_TRUE(make_directories(paths_.dists() + "/scripts"));
    ASSERT_TRUE(write_file_atomically(paths_.dists() + "/" + name, content));
  }

  Paths paths_;
};

TEST_F(Dist, ChoosesTheNearestName) {
  put("default", "");
  EXPECT_EQ(load_dist(paths_, "debian-12-x86_64")->config, paths_.dists() + "/default");
  put("debian.conf", "");
  EXPECT_EQ(load_dist(paths_, "debian-12-x86_64")->config, paths_.dists() + "/debian.conf");
  put("debian-12.conf", "");
  EXPECT_EQ(load_dist(paths_, "some/debian-12-x86_64")->config, paths_.dists() + "/debian-12.conf");
  EXPECT_EQ(load_dist(paths_, "debian-13-x86_64")->config, paths_.dists() + "/debian.conf");
}

TEST_F(Dist, WithoutDefaultThereIsNone) {
  const auto dist = load_dist(paths_, "debian");
  ASSERT_FALSE(dist);
  EXPECT_EQ(dist.error().code(), ExitCode::no_distribution_config);
}

TEST_F(Dist, FirstKeyWinsAndMissingScriptsAreLeftOut) {
  put("default", "# c\nADD_IP=a.sh\nADD_IP=b.sh\nSET_DNS=missing.sh\nWHAT=a.sh\nDEL_IP=\n");
  const auto dist = load_dist(paths_, "x");
  ASSERT_TRUE(dist);
  EXPECT_EQ(dist->scripts.size(), 1U);
  const auto script = add_ip_script(*dist, {.state = "starting", .ips = {parse_ip("10.0.0.1/24").value()}});
  ASSERT_TRUE(script && *script);
  EXPECT_EQ((*script)->text, "functions\n\nscript a\n");
  EXPECT_THAT((*script)->environment,
              ElementsAre("VE_STATE=starting", "IP_ADDR=10.0.0.1/24", StartsWith("PATH="), "IPV6=yes"));
  EXPECT_FALSE(*set_dns_script(*dist, {"1.1.1.1"}, {}));
}

TEST_F(Dist, DnsPassesOnlyWhatIsGiven) {
  put("default", "SET_DNS=a.sh\n");
  const auto script = set_dns_script(load_dist(paths_, "x").value(), {"1.1.1.1", "8.8.8.8"}, {});
  ASSERT_TRUE(script && *script);
  EXPECT_THAT((*script)->environment, Contains("NAMESERVER=1.1.1.1 8.8.8.8"));
  EXPECT_THAT((*script)->environment, Not(Contains(StartsWith("SEARCHDOMAIN"))));
}

TEST(InheritDns, AllNameserversAndTheLastSearchLine) {
  const auto dns =
      inherit_dns("# x\nnameserver 1.1.1.1\nnameserver 127.0.0.53\nsearch a b\ndomain c\nnameserver\t::2\n");
  EXPECT_THAT(dns.nameservers, ElementsAre("1.1.1.1", "::2"));
  EXPECT_THAT(dns.search_domains, ElementsAre("c"));
  EXPECT_THAT(inherit_dns("options x\n").search_domains, IsEmpty());
}

// What is in the source tree is whole: every named script is there.
TEST(Shipped, ConfigurationsNameScriptsThatExist) {
  Paths paths;
  paths.config = std::string(VZ_SOURCE_DIR) + "/etc";
  for (const char* name : {"debian-12-x86_64", "ubuntu-24.04", "unknown"}) {
    const auto dist = load_dist(paths, name);
    ASSERT_TRUE(dist) << name;
    EXPECT_EQ(dist->scripts.size(), 6U) << name;
    EXPECT_THAT(dist->functions, HasSubstr("write_venet"));
  }
}

}  // namespace
}  // namespace vz
