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

TEST_F(Dist, FilesBesideFunctionsAddToThem) {
  put("default", "ADD_IP=a.sh\n");
  put("scripts/functions-b", "more b\n");
  put("scripts/functions-a", "more a\n");
  put("scripts/functional.sh", "not this\n");
  const auto script = add_ip_script(load_dist(paths_, "x").value(), {.state = "running", .ips = {}});
  ASSERT_TRUE(script && *script);
  EXPECT_EQ((*script)->text, "functions\n\nmore a\n\nmore b\n\nscript a\n");
}

// Environment and time limit of each action. Source: vzctl 4.x.
TEST_F(Dist, EveryActionGetsItsEnvironmentAndNoOther) {
  put("default",
      "ADD_IP=a.sh\nDEL_IP=a.sh\nSET_HOSTNAME=a.sh\nSET_DNS=a.sh\nSET_USERPASS=a.sh\nSET_UGID_QUOTA=a.sh\n"
      "PRE_START=a.sh\nSET_CONSOLE=a.sh\n");
  const DistScripts dist = load_dist(paths_, "x").value();
  const auto ip = parse_ip("10.0.0.1/24").value();
  const auto environment = [](const MaybeScript& script) { return script->value().environment; };
  const auto path = StartsWith("PATH=");
  EXPECT_THAT(environment(del_ip_script(
                  dist, {.state = "running", .ips = {ip, ip}, .delete_all = true, .ipv6 = false})),
              ElementsAre("VE_STATE=running", "IP_ADDR=10.0.0.1/24 10.0.0.1/24", path, "IPDELALL=yes"));
  EXPECT_THAT(environment(add_ip_script(dist, {.state = "starting", .ips = {}})),
              ElementsAre("VE_STATE=starting", "IP_ADDR=", path, "IPV6=yes"));
  EXPECT_THAT(environment(set_hostname_script(dist, "starting", "a.b", ip)),
              ElementsAre("VE_STATE=starting", "HOSTNM=a.b", path, "IP_ADDR=10.0.0.1"));
  EXPECT_THAT(environment(set_hostname_script(dist, "starting", "a.b", std::nullopt)),
              ElementsAre("VE_STATE=starting", "HOSTNM=a.b", path));
  EXPECT_THAT(environment(set_dns_script(dist, {"::1"}, {"a", "b"})),
              ElementsAre("SEARCHDOMAIN=a b", "NAMESERVER=::1", path));
  EXPECT_THAT(environment(set_userpass_script(dist, "u:p w")), ElementsAre("USERPW=u:p w", path));
  EXPECT_THAT(environment(set_ugid_quota_script(dist, "starting", 7)),
              ElementsAre("VE_STATE=starting", path, "UGIDLIMIT=7"));
  EXPECT_THAT(environment(set_ugid_quota_script(dist, "running", 0)), ElementsAre("VE_STATE=running", path));
  EXPECT_THAT(environment(pre_start_script(dist, true)), ElementsAre("VZ_KERNEL=no", "USERNS=yes"));
  EXPECT_THAT(environment(pre_start_script(dist, false)), ElementsAre("VZ_KERNEL=no", "USERNS=no"));
  EXPECT_THAT(environment(set_console_script(dist)), ElementsAre("HOME=/", "TERM=linux", path));
}

TEST_F(Dist, WhatRunsBeforeInitHasNeitherFunctionsNorATimeLimit) {
  put("default", "SET_DNS=a.sh\nPRE_START=a.sh\nSET_CONSOLE=b.sh\n");
  const DistScripts dist = load_dist(paths_, "x").value();
  const auto before_init = pre_start_script(dist, true)->value();
  EXPECT_EQ(before_init.text, "script a\n");
  EXPECT_EQ(before_init.timeout, std::chrono::seconds(0));
  EXPECT_EQ(set_console_script(dist)->value().text, "script b\n");
  const auto other = set_dns_script(dist, {"1.1.1.1"}, {})->value();
  EXPECT_THAT(other.text, StartsWith("functions\n"));
  EXPECT_EQ(other.timeout, std::chrono::seconds(300));
}

class Shipped : public testing::Test {
 protected:
  Shipped() { paths_.config = std::string(VZ_SOURCE_DIR) + "/etc"; }
  Paths paths_;
};

// The names that there were with vzctl 4.x, and those that came after it.
const std::vector<std::string> kDistributions = {
    "almalinux",  "alpine",        "altlinux",      "altlinux-2.4", "arch",   "centos",      "debian",
    "debian-3",   "debian-3.0",    "debian-3.1",    "devuan",       "fedora", "fedora-core", "funtoo",
    "gentoo",     "mandrake",      "opensuse",      "oracle",       "owl",    "redhat",      "redhat-7.0",
    "redhat-7.1", "redhat-7.2",    "redhat-7.3",    "rhel",         "rhel-3", "rocky",       "scientific",
    "slackware",  "slackware-9.0", "slackware-9.1", "sles",         "suse",   "suse-7.3",    "suse-8.0",
    "suse-8.1",   "suse-8.2",      "ubuntu",        "ubuntu-6.06",  "void"};

TEST_F(Shipped, EveryDistributionHasAConfigurationWhoseScriptsExist) {
  for (const auto& name : kDistributions) {
    const auto dist = load_dist(paths_, name + "-x86_64");
    ASSERT_TRUE(dist) << name;
    EXPECT_EQ(dist->config, paths_.dists() + "/" + name + ".conf");
    EXPECT_EQ(dist->scripts.size(), dist->scripts.contains(DistAction::pre_start) ? 9U : 8U) << name;
    EXPECT_THAT(dist->functions, HasSubstr("write_venet")) << name;
  }
}

TEST_F(Shipped, ThereIsAWayForDistributionsOfWhichNothingIsKnown) {
  const auto dist = load_dist(paths_, "unknown-1-x86_64");
  ASSERT_TRUE(dist);
  EXPECT_EQ(dist->config, paths_.dists() + "/default");
  EXPECT_EQ(dist->scripts.size(), 8U);
}

// A configuration of somebody's own may name them.
TEST_F(Shipped, TheScriptsOfOldLeadToWhatHasTakenTheirPlace) {
  for (const char* name :
       {"arch-add_ip.sh", "debian-3.x-add_ip.sh", "debian-del_ip.sh", "debian-set_hostname.sh",
        "etcnet-add_ip.sh", "funtoo-set_dns.sh", "gentoo-set_ugid_quota.sh", "redhat-7.x_add_ip.sh",
        "redhat-del_ip.sh", "slackware-9.x_del_ip.sh", "suse-7.x_del_ip.sh", "suse-8.x_add_ip.sh",
        "suse-set_hostname.sh"}) {
    const std::string script = paths_.dists() + "/scripts/" + name;
    const auto target = read_link(script);
    ASSERT_TRUE(target) << name;
    EXPECT_TRUE(script.ends_with(*target)) << name << " -> " << *target;
    EXPECT_TRUE(exists(script)) << name;
  }
}

// A pipe takes the whole script before the container's shell begins to read (pipe(7): 1 MiB for root).
TEST_F(Shipped, ScriptsFitIntoAPipe) {
  EXPECT_LT(load_dist(paths_, "debian")->functions.size(), size_t{200000});
}

}  // namespace
}  // namespace vz
