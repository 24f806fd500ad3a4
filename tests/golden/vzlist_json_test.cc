// The JSON of vzlist: its exact layout, and that it is JSON whatever stands in a configuration (spec 8.5,
// G9).

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/golden/host.h"

namespace vz {
namespace {

using nlohmann::json;

class VzlistJson : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzlist(words); }
  json parsed(const std::vector<std::string>& words) const {
    const Said said = run(words);
    EXPECT_EQ(said.code, 0);
    return json::parse(said.out, nullptr, false);
  }
  Host host_;
};

TEST_F(VzlistJson, IsLaidOutAsAlways) {
  host_.add_container("101",
                      "HOSTNAME=\"web.example\"\nIP_ADDRESS=\"10.0.0.1 10.0.0.2\"\nONBOOT=\"yes\"\n"
                      "FEATURES=\"nfs:on ppp:off\"\nDISKSPACE=\"10:20\"\n");
  host_.add_container("9", "");
  EXPECT_EQ(run({"-j", "-octid,numproc,ip,hostname,status,onboot,features,diskspace,uptime", "101", "9"}),
            (Said{R"([
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
    "onboot": null,
    "features": null,
    "diskspace": null,
    "uptime": 0.000
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
    "onboot": true,
    "features": {
      "nfs": true,
      "ppp": false
    },
    "diskspace": {
      "usage": null,
      "softlimit": 10,
      "hardlimit": 20
    },
    "uptime": 0.000
  }
]
)",
                  "", 0}));
}

TEST_F(VzlistJson, OfNothingIsAnEmptyArray) {
  EXPECT_EQ(run({"-j"}), (Said{"[]\n", "", 0}));
  host_.add_container("9", "");
  EXPECT_EQ(run({"-aj", "-octid", "-h", "nope"}), (Said{"[\n]\n", "", 0}));
}

TEST_F(VzlistJson, IsWholeForManyContainers) {
  for (int ctid = 1; ctid <= 60; ++ctid) host_.add_container(std::to_string(ctid), "");
  const auto list = parsed({"-aj"});
  ASSERT_EQ(list.size(), 60U);
  for (int ctid = 1; ctid <= 60; ++ctid) EXPECT_EQ(list[static_cast<size_t>(ctid) - 1]["ctid"], ctid);
}

TEST_F(VzlistJson, HasNumbersStringsListsAndObjectsWhereCallersExpectThem) {
  host_.add_container("101",
                      "IP_ADDRESS=\"10.0.0.1\"\nDISKSPACE=\"1:2\"\nCPULIMIT=\"5\"\nCPUUNITS=\"1000\"\n");
  const auto list = parsed({"-aj"});
  ASSERT_EQ(list.size(), 1U);
  const auto& one = list[0];
  for (const char* key : {"ctid", "veid", "vpsid", "cpulimit", "cpuunits", "cpus"})
    EXPECT_TRUE(one[key].is_number_unsigned()) << key;
  for (const char* key : {"ip", "nameserver", "searchdomain"}) EXPECT_TRUE(one[key].is_array()) << key;
  for (const char* key : {"private", "root", "status"}) EXPECT_TRUE(one[key].is_string()) << key;
  for (const char* key : {"hostname", "name", "description"}) EXPECT_TRUE(one[key].is_null()) << key;
  EXPECT_TRUE(one["uptime"].is_number_float());
  for (const char* key : {"kmemsize", "numproc", "physpages", "swappages", "numiptent"}) {
    ASSERT_TRUE(one[key].is_object()) << key;
    for (const char* part : {"held", "maxheld", "barrier", "limit", "failcnt"})
      EXPECT_TRUE(one[key][part].is_number_unsigned()) << key << " " << part;
  }
  EXPECT_EQ(one["diskspace"]["softlimit"], 1);
  EXPECT_EQ(one["diskspace"]["hardlimit"], 2);
}

TEST_F(VzlistJson, StringsAreEscaped) {
  host_.add_container("101", "DESCRIPTION=\"a \\\"quoted\\\" \\\\ one\"\nHOSTNAME=\"tab\there\"\n");
  EXPECT_EQ(run({"-aj", "-odescription"}).out,
            "[\n  {\n    \"description\": \"a \\\"quoted\\\" \\\\ one\"\n  }\n]\n");
  EXPECT_EQ(parsed({"-aj"})[0]["hostname"], "tab\there");
}

TEST_F(VzlistJson, StaysJsonWithAnyBytesInTheConfiguration) {
  std::string bytes;
  for (int c = 1; c < 256; ++c) {
    if (c != '\n' && c != '"' && c != '\\') bytes += static_cast<char>(c);
  }
  host_.add_container("101", "DESCRIPTION=\"" + bytes +
                                 "\"\nHOSTNAME=\"\xff\xfe\xc3\"\nOSTEMPLATE=\"\xc3\xa4\xe2\x82\xac\"\n");
  const auto list = parsed({"-aj"});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["ostemplate"], "\xc3\xa4\xe2\x82\xac");
  EXPECT_TRUE(list[0]["hostname"].is_string());
}

TEST_F(VzlistJson, CapabilitiesHaveTheirOwnNamesOnly) {
  host_.add_container("101", "CAPABILITY=\"SYS_RESOURCE:on SYS_TIME:off\"\n");
  EXPECT_EQ(parsed({"-aj"})[0]["capability"], (json{{"sys_resource", true}, {"sys_time", false}}));
}

}  // namespace
}  // namespace vz
