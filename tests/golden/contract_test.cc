// What existing panels, drivers and inventories parse, a test for each row of that list (G1 to G15). Rows
// that need a running container are in tests/e2e/test_contract.py.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Contract : public testing::Test {
 protected:
  // As a shell's 2>&1.
  std::string merged(const std::vector<std::string>& words) const {
    const Said said = host_.vzctl(words);
    return said.out + said.err;
  }
  void add_101() const {
    host_.add_container("101",
                        "HOSTNAME=\"web.example.com\"\nIP_ADDRESS=\"1.1.1.1 2.2.2.2\"\nNUMPROC=\"100:200\"\n"
                        "VE_ROOT=\"/vz/root/$VEID\"\nVE_PRIVATE=\"" +
                            host_.private_area("$VEID") + "\"\nONBOOT=\"yes\"\nVE_LAYOUT=\"simfs\"\n");
  }
  Json list(std::vector<std::string> words) const {
    words.insert(words.begin(), {"-aj"});
    return Json::parse(host_.vzlist(words).out);
  }

  Host host_;
};

TEST_F(Contract, G1HelpGoesToStdoutAndBeginsWithTheVersion) {
  const Said said = host_.vzctl({"--help"});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "");
  std::smatch version;
  ASSERT_TRUE(
      std::regex_search(said.out, version, std::regex("^vzctl version ([0-9]+)\\.([0-9]+)\\.([0-9]+)\n")));
  EXPECT_EQ(version.position(), 0);
  EXPECT_LE(std::stoi(version[2]), 999);
  EXPECT_LE(std::stoi(version[3]), 999);
}

TEST_F(Contract, G2TheThirdWordOfTheVersionLineIsTheVersion) {
  const Said said = host_.vzctl({"--version"});
  const auto words = split(said.out, " \n");
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(words, ElementsAre("vzctl", "version", VZ_VERSION));
}

TEST_F(Contract, G3TheUsageSaysThatSetTakesForce) {
  EXPECT_TRUE(std::regex_search(merged({}), std::regex("vzctl set .*--force")));
  // Named only where it is supported, which it is: it may or may not stand there.
  host_.add_container("101");
  EXPECT_EQ(host_.vzctl({"set", "101", "--reset_ub"}).err, "Container is not running\n");
}

TEST_F(Contract, G4TheStatusLineHasFiveOrSixWords) {
  EXPECT_THAT(split(host_.vzctl({"status", "101"}).out, " \n"),
              ElementsAre("CTID", "101", "deleted", "unmounted", "down"));
  EXPECT_EQ(host_.vzctl({"status", "101"}).code, 0);
  add_101();
  EXPECT_EQ(host_.vzctl({"status", "101"}).out, "CTID 101 exist unmounted down\n");
  host_.files().write("vz/dump/Dump.101/x", "");
  EXPECT_EQ(host_.vzctl({"status", "101"}).out, "CTID 101 exist unmounted down suspended\n");
}

TEST_F(Contract, G5RowsAreColumnsJoinedByOneBlankAndTrimmed) {
  add_101();
  EXPECT_EQ(host_.vzlist({"-aHo", "ctid,status,ip,hostname"}).out,
            "       101 stopped   1.1.1.1         web.example.com\n");
  EXPECT_EQ(host_.vzlist({"-aHo", "ctid,numproc.l,laverage,uptime,name"}).out,
            "       101        200              -               - -\n");
}

TEST_F(Contract, G6TheDefaultColumnsHaveTheirHeader) {
  add_101();
  EXPECT_EQ(host_.vzlist({"-a"}).out,
            "      CTID      NPROC STATUS    IP_ADDR         HOSTNAME\n"
            "       101          - stopped   1.1.1.1         web.example.com\n");
}

TEST_F(Contract, G7OptionsMayBeClusteredAndComeAfterTheContainer) {
  add_101();
  const std::string row = "       101\n";
  EXPECT_EQ(host_.vzlist({"-a1"}).out, row);
  EXPECT_EQ(host_.vzlist({"-S", "-H1"}).out, row);
  EXPECT_EQ(host_.vzlist({"-aHo", "veid"}).out, row);
  EXPECT_EQ(host_.vzlist({"-aH", "-octid"}).out, row);
  EXPECT_EQ(host_.vzlist({"101", "-aH", "-octid"}).out, row);
  EXPECT_EQ(host_.vzlist({"-aHt", "-oip,ctid"}).out, "1.1.1.1 2.2.2.2        101\n");
  EXPECT_EQ(host_.vzlist({"-aH", "-octid", "-h", "web.*"}).out, row);
  EXPECT_EQ(host_.vzlist({"-aH", "-octid", "-h", "db.*"}).out, "");
  EXPECT_EQ(host_.vzlist({"-ajH"}).out, host_.vzlist({"-aj"}).out);
  EXPECT_EQ(Json::parse(host_.vzlist({"101", "-jo", "ctid,status"}).out),
            Json::parse(R"([{"ctid": 101, "status": "stopped"}])"));
}

TEST_F(Contract, G8NoContainersAreNoErrorUnlessOneIsAskedFor) {
  EXPECT_EQ(host_.vzlist({"-a"}), (Said{"", "Container(s) not found\n", 0}));
  EXPECT_EQ(host_.vzlist({"-aj"}), (Said{"[]\n", "", 0}));
  EXPECT_EQ(host_.vzlist({"777"}), (Said{"", "Container(s) not found\n", 1}));
}

TEST_F(Contract, G9JsonHasTheTypesThatCallersExpect) {
  add_101();
  const Json all = list({});
  ASSERT_EQ(all.size(), 1U);
  const Json& ct = all[0];
  for (const char* key : {"ctid", "veid", "vpsid"}) EXPECT_EQ(ct.at(key), 101);
  EXPECT_EQ(ct.at("ip"), Json({"1.1.1.1", "2.2.2.2"}));
  EXPECT_EQ(ct.at("nameserver"), Json::array());
  EXPECT_EQ(ct.at("hostname"), "web.example.com");
  EXPECT_TRUE(ct.at("description").is_null());
  EXPECT_EQ(ct.at("numproc"),
            Json::parse(R"({"held": 0, "maxheld": 0, "barrier": 100, "limit": 200, "failcnt": 0})"));
  EXPECT_TRUE(ct.at("laverage").is_null());
  EXPECT_TRUE(ct.at("uptime").is_number());
  EXPECT_EQ(ct.at("onboot"), true);
  EXPECT_EQ(ct.at("status"), "stopped");
  EXPECT_EQ(ct.at("private"), host_.private_area("101"));
  EXPECT_EQ(ct.at("root"), "/vz/root/101");
  host_.add_container("101", "NUMPROC=\"unlimited\"\n");
  EXPECT_EQ(list({"-onumproc"})[0].at("numproc").at("limit"), 9223372036854775807U);
}

TEST_F(Contract, G10StatusesAreTheSameWordsInBothForms) {
  add_101();
  for (const char* status : {"stopped", "suspended"}) {
    EXPECT_EQ(trim(host_.vzlist({"-aHostatus"}).out), status);
    EXPECT_EQ(list({"-ostatus"})[0].at("status"), status);
    host_.files().write("vz/dump/Dump.101/x", "");
  }
}

TEST_F(Contract, G11ConfigurationsCanBeSourcedAndKeepForeignLines) {
  host_.add_container("101", "#UUID: 4f4f\nVE_ROOT=\"/vz/root/$VEID\"\nVE_PRIVATE=\"" +
                                 host_.private_area("$VEID") + "\"\nFOO=bar\n");
  ASSERT_EQ(
      host_.vzctl({"set", "101", "--ipadd", "1.1.1.1", "--description", "say \"$HOME\" `id`", "--save"}).code,
      0);
  const std::string text = host_.files().read("etc/vz/conf/101.conf");
  EXPECT_THAT(text, StartsWith("#UUID: 4f4f\nVE_ROOT=\"/vz/root/$VEID\"\n"));
  EXPECT_THAT(text, HasSubstr("\nFOO=bar\nIP_ADDRESS=\"1.1.1.1\"\n"));
  Command shell;
  shell.argv = {"sh", "-c", ". \"$0\"; printf '%s|%s' \"$IP_ADDRESS\" \"$DESCRIPTION\"",
                host_.conf("101.conf")};
  const auto sourced = run(shell);
  ASSERT_TRUE(sourced);
  EXPECT_EQ(sourced->output, "1.1.1.1|say \"$HOME\" `id`");
}

TEST_F(Contract, G12MessagesOfStoppedAndLockedContainersAreKept) {
  add_101();
  EXPECT_EQ(merged({"stop", "101"}), "Unable to stop: container is not running\n");
  EXPECT_EQ(host_.vzctl({"set", "101", "--onboot", "no", "--save"}).out,
            "CT configuration saved to " + host_.conf("101.conf") + "\n");
  host_.files().write("lock/101.lck", std::to_string(getpid()) + "\n\n");
  EXPECT_THAT(merged({"start", "101"}), testing::EndsWith("\nContainer already locked\n"));
  EXPECT_EQ(host_.vzctl({"start", "101"}).code, 9);
}

TEST_F(Contract, G13AliasesAndGlobalFlagsBeforeTheCommand) {
  add_101();
  EXPECT_EQ(host_.vzctl({"chkpnt", "101"}), host_.vzctl({"suspend", "101"}));
  EXPECT_EQ(host_.vzctl({"restore", "101", "--undump"}), host_.vzctl({"resume", "101", "--undump"}));
  EXPECT_EQ(host_.vzctl({"delete", "101", "x"}), host_.vzctl({"destroy", "101", "x"}));
  EXPECT_EQ(host_.vzctl({"--quiet", "--verbose", "--skiplock", "exec2", "101", "true"}), (Said{"", "", 31}));
  EXPECT_EQ(host_.vzctl({"--skiplock", "--version"}).code, 0);
  EXPECT_EQ(host_.vzctl({"exec2", "101", "true"}).code, 31);
  EXPECT_EQ(host_.vzctl({"console", "101", "x"}).code, 21);
}

TEST_F(Contract, G14VzmigrateTakesTheOptionsThatCallersPass) {
  // Of a container that is not there: everything before that was understood.
  const std::vector<std::vector<std::string>> lines = {
      {"--online", "localhost", "555"},
      {"--live", "-r", "no", "--keep-dst", "-v", "-t", "localhost", "555"},
      {"--remove-area", "yes", "--ssh=-p 22", "--rsync=-az", "localhost", "555"},
      {"-r", "yes", "--rsync= --bwlimit=100", "localhost", "555"},
  };
  for (const auto& words : lines) {
    const Said said = host_.vzmigrate(words);
    EXPECT_EQ(said.code, 10) << said;
    EXPECT_EQ(said.err, "Error: CT #555 doesn't exist\n");
  }
  EXPECT_EQ(host_.vzmigrate({"localhost"}).code, 1);
}

TEST_F(Contract, G15ExitCodesAreThoseOfTheTable) {
  add_101();
  EXPECT_EQ(host_.vzctl({"status", "101"}).code, 0);
  EXPECT_EQ(host_.vzctl({"exec", "101", "true"}).code, 8);
  EXPECT_EQ(host_.vzctl({"restore", "101"}).code, 17);
  EXPECT_EQ(host_.vzctl({"chkpnt", "101"}).code, 31);
  EXPECT_EQ(host_.vzctl({"enter", "101"}).code, 31);
  EXPECT_EQ(host_.vzctl({"quotaoff", "101"}).code, 66);
  EXPECT_EQ(host_.vzctl({"umount", "101"}).code, 40);
  EXPECT_EQ(host_.vzctl({"start", "102"}).code, 14);
  EXPECT_EQ(host_.vzctl({"nonsense", "101"}).code, 20);
}

}  // namespace
}  // namespace vz
