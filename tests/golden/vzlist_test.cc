// The exact words of vzlist where no container runs. Source: vzlist 4.x, and what programs that call vzlist
// parse.

#include <gmock/gmock.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;

class Vzlist : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzlist(words); }
  void add_two() const {
    host_.add_container("101",
                        "HOSTNAME=\"web.example\"\nIP_ADDRESS=\"10.0.0.1 10.0.0.2\"\nONBOOT=\"yes\"\n");
    host_.add_container("9", "DESCRIPTION=\"a \\\"quoted\\\" one\"\n");
  }
  Host host_;
};

Said says(std::string out) {
  return {std::move(out), "", 0};
}

constexpr const char* kHeader = "      CTID      NPROC STATUS    IP_ADDR         HOSTNAME\n";

TEST_F(Vzlist, NoContainersAreNoError) {
  const Said nothing{"", "Container(s) not found\n", 0};
  EXPECT_EQ(run({}), nothing);
  EXPECT_EQ(run({"-a"}), nothing);
  host_.files().write("etc/vz/conf/0.conf", "ONBOOT=\"no\"\n");
  EXPECT_EQ(run({"-a"}), nothing);
  EXPECT_EQ(run({"-aj"}), says("[]\n"));
  EXPECT_EQ(run({"555"}), (Said{"", "Container(s) not found\n", 1}));
}

TEST_F(Vzlist, RowsHaveFixedColumnsAndNoTrailingBlanks) {
  add_two();
  EXPECT_EQ(run({"-a"}), says(std::string(kHeader) + "         9          - stopped   -               -\n" +
                              "       101          - stopped   10.0.0.1        web.example\n"));
}

TEST_F(Vzlist, ShortOptionsMayBeJoinedAndFollowTheContainer) {
  add_two();
  EXPECT_EQ(run({"-aHo", "veid"}), says("         9\n       101\n"));
  EXPECT_EQ(run({"-a1"}), says("         9\n       101\n"));
  EXPECT_EQ(run({"101", "-H", "-octid,status"}), says("       101 stopped\n"));
  EXPECT_EQ(run({"-S", "-H", "-s", "-ctid", "-octid"}), says("       101\n         9\n"));
}

TEST_F(Vzlist, ListsAreCutUnlessTheyComeLast) {
  add_two();
  EXPECT_EQ(run({"-H", "-o", "ip,ctid", "101"}), says("10.0.0.1               101\n"));
  EXPECT_EQ(run({"-H", "-o", "ctid,ip", "101"}), says("       101 10.0.0.1 10.0.0.2\n"));
  EXPECT_EQ(run({"-Ht", "-o", "ip,ctid", "101"}), says("10.0.0.1 10.0.0.2        101\n"));
}

TEST_F(Vzlist, PatternsSelect) {
  add_two();
  EXPECT_EQ(run({"-aH", "-octid", "-h", "web*"}), says("       101\n"));
  EXPECT_EQ(run({"-aH", "-octid", "-d", "*quoted*"}), says("         9\n"));
  EXPECT_EQ(run({"-a", "-octid", "-h", "nope"}), says("      CTID\n"));
  EXPECT_EQ(run({"-aj", "-octid", "-h", "nope"}), says("[\n]\n"));
}

TEST_F(Vzlist, NamesNeedTheirLink) {
  add_two();
  ASSERT_EQ(host_.vzctl({"set", "101", "--name", "web", "--save"}).code, 0);
  EXPECT_EQ(run({"-aHn"}), says("         9          - stopped   -               -\n"
                                "       web          - stopped   10.0.0.1        web.example\n"));
  EXPECT_EQ(run({"web", "-1"}), says("       101\n"));
  ASSERT_EQ(unlink((host_.files() / "etc/vz/names/web").c_str()), 0);
  EXPECT_EQ(run({"-H", "-oname", "101"}), says("-\n"));
  EXPECT_EQ(run({"web"}), (Said{"", "CT ID web is invalid.\n", 1}));
}

TEST_F(Vzlist, SuspendedIsAStatus) {
  add_two();
  host_.files().write("vz/dump/Dump.101/x", "");
  EXPECT_EQ(run({"-H", "-ostatus", "101"}), says("suspended\n"));
}

TEST_F(Vzlist, WhatHasNoPrivateAreaIsHidden) {
  add_two();
  ASSERT_EQ(rmdir(host_.private_area("9").c_str()), 0);
  EXPECT_EQ(run({"-a1"}), says("       101\n"));
}

TEST_F(Vzlist, JsonIsLaidOutAsAlways) {
  add_two();
  EXPECT_EQ(run({"-j", "-octid,numproc,ip,hostname,status,onboot", "101", "9"}), says(R"([
  {
    "ctid": 9,
    "numproc": {
      "held": 0,
      "maxheld": 0,
      "barrier": 9223372036854775807,
      "limit": 9223372036854775807,
      "failcnt": 0
    },
    "ip": [],
    "hostname": null,
    "status": "stopped",
    "onboot": null
  },
  {
    "ctid": 101,
    "numproc": {
      "held": 0,
      "maxheld": 0,
      "barrier": 9223372036854775807,
      "limit": 9223372036854775807,
      "failcnt": 0
    },
    "ip": ["10.0.0.1", "10.0.0.2"],
    "hostname": "web.example",
    "status": "stopped",
    "onboot": true
  }
]
)"));
}

TEST_F(Vzlist, JsonOfAllFieldsCanBeParsed) {
  add_two();
  const Said said = run({"-aj"});
  const auto json = nlohmann::json::parse(said.out);
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["description"], "a \"quoted\" one");
  for (const char* key :
       {"ctid", "veid", "vpsid", "private", "root", "laverage", "uptime", "capability", "kmemsize"}) {
    EXPECT_TRUE(json[0].contains(key)) << key;
  }
  EXPECT_FALSE(json[0].contains("numproc.m"));
}

TEST_F(Vzlist, FieldsThatAreNotKnownAreNamed) {
  EXPECT_EQ(run({"-o", "bogus"}), (Said{"", "Unknown field: bogus\n", 1}));
  EXPECT_EQ(run({"-s", "bogus"}), (Said{"", "Invalid sort field name: bogus\n", 1}));
  EXPECT_EQ(run({"-o", std::string(31, 'x')}),
            (Said{"", "Invalid field: " + std::string(31, 'x') + "\n", 1}));
  EXPECT_EQ(run({"-j", "-o", "numproc.m"}),
            (Said{"", "Field `numproc.m' is not available in JSON output\n", 1}));
  EXPECT_EQ(run({"nope"}), (Said{"", "CT ID nope is invalid.\n", 1}));
}

TEST_F(Vzlist, FieldsCanBeListed) {
  const Said said = run({"-L"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, testing::StartsWith("ctid            CTID           \n"));
  EXPECT_THAT(said.out, HasSubstr("numproc.m       NPROC.M        \n"));
}

TEST_F(Vzlist, HelpExitsWithOne) {
  const Said said = run({"--help"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.out, testing::StartsWith("Usage: vzlist "));
}

}  // namespace
}  // namespace vz
