// The exact words of arpsend, ndsend and vznnc where nothing is sent. Source: vzctl 4.x.

#include <gmock/gmock.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class NetworkTools : public testing::Test {
 protected:
  Said arpsend(const std::vector<std::string>& words) const { return host_.tool("arpsend", words); }
  Said ndsend(const std::vector<std::string>& words) const { return host_.tool("ndsend", words); }
  Said vznnc(const std::vector<std::string>& words) const { return host_.tool("vznnc", words); }
  Host host_;
};

TEST_F(NetworkTools, ArpsendNeedsExactlyOneModeAnInterfaceAndAddresses) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "exactly one of --update, --detect, --request and --reply is needed"},
      {{"lo"}, "exactly one of --update, --detect, --request and --reply is needed"},
      {{"-D", "-U", "-i", "10.0.0.1", "lo"},
       "exactly one of --update, --detect, --request and --reply is needed"},
      {{"-D", "-e", "10.0.0.1"}, "no interface given"},
      {{"-D", "-e", "10.0.0.1", "lo", "eth0"}, "one interface only"},
      {{"-D", "lo"}, "no --trg-ip given"},
      {{"-U", "-e", "10.0.0.1", "lo"}, "--update needs --src-ip"},
  };
  for (const auto& [words, reason] : cases) {
    const Said said = arpsend(words);
    EXPECT_EQ(said.code, 1) << said;
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, StartsWith("arpsend: " + reason + "\nUsage: arpsend ")) << said;
  }
}

TEST_F(NetworkTools, ArpsendRefusesValuesThatAreNone) {
  const std::string huge(100000, '9');
  for (const std::string& bad :
       {std::string(), std::string("-1"), std::string("0"), std::string("x"), huge, std::string("1\n2"),
        std::string("\xc3\xbc"), std::string("../1"), std::string("\"1\"")}) {
    for (const char* option : {"--count", "--timeout", "--src-hw", "--trg-arp", "--src-ip", "--trg-ip"}) {
      const Said said = arpsend({"-D", option, bad, "-e", "10.0.0.1", "lo"});
      EXPECT_EQ(said.code, 1) << option << " " << bad.substr(0, 10);
      EXPECT_THAT(said.err, HasSubstr("invalid ")) << option;
    }
  }
  EXPECT_THAT(arpsend({"-D", "-e", "10.0.0.0/24", "lo"}).err, HasSubstr("invalid IP address '10.0.0.0/24'"));
}

TEST_F(NetworkTools, ArpsendTellsWhyAnInterfaceIsNotFit) {
  EXPECT_EQ(arpsend({"-D", "-e", "10.0.0.1", "lo"}), (Said{"", "arpsend: iface 'lo' is not ARPable\n", 2}));
  EXPECT_EQ(arpsend({"-D", "-e", "10.0.0.1", "no such"}),
            (Said{"", "arpsend: unknown iface no such : No such device\n", 2}));
  EXPECT_EQ(arpsend({"-U", "-i", "fd::1", "lo"}), (Said{"", "arpsend: iface 'lo' is not ARPable\n", 2}));
}

TEST_F(NetworkTools, ArpsendHasNothingToAskForWithIpv6) {
  EXPECT_EQ(arpsend({"-D", "-e", "fd::1", "lo"}), (Said{"", "", 0}));
  EXPECT_EQ(arpsend({"-Q", "-e", "fd::1", "nope"}), (Said{"", "", 0}));
}

TEST_F(NetworkTools, ArpsendTakesManyAddressesButNotAnyNumber) {
  std::vector<std::string> words = {"-D", "lo"};
  for (int i = 0; i < 1024; ++i) words.insert(words.end(), {"-e", "10.0.0.1"});
  EXPECT_EQ(arpsend(words).err, "arpsend: iface 'lo' is not ARPable\n");
  words.insert(words.end(), {"-e", "10.0.0.1"});
  EXPECT_THAT(arpsend(words).err, StartsWith("arpsend: too many addresses\n"));
}

TEST_F(NetworkTools, NdsendTellsBadAddressesFromBadUsage) {
  for (const char* bad : {"10.0.0.1", "", "x", "fd::1/64", "fd::g", "\n"}) {
    EXPECT_EQ(ndsend({bad, "lo"}),
              (Said{"", std::string("ndsend: not an IPv6 address: ") + bad + "\n", 255}));
  }
  EXPECT_EQ(ndsend({}), (Said{"", "Usage: ndsend ADDRESS INTERFACE\nTry 'ndsend --help'.\n", 1}));
  EXPECT_EQ(ndsend({"fd::1"}).code, 1);
  EXPECT_EQ(ndsend({"fd::1", "lo", "x"}).code, 1);
  EXPECT_EQ(ndsend({"fd::1", "nope"}), (Said{"", "ndsend: unknown iface nope : No such device\n", 2}));
}

TEST_F(NetworkTools, VznncNeedsADirectionAPortAndACommand) {
  EXPECT_THAT(vznnc({}).err, StartsWith("vznnc: exactly one of -l and -c is needed\n"));
  EXPECT_THAT(vznnc({"-l", "-c", "-p", "1", "true"}).err, StartsWith("vznnc: exactly one of -l and -c"));
  EXPECT_THAT(vznnc({"-c", "true"}).err, StartsWith("vznnc: no port given\n"));
  EXPECT_THAT(vznnc({"-c", "-p", "1"}).err, StartsWith("vznnc: no command given\n"));
  for (const char* bad : {"", "0", "-1", "65536", "99999999999999999999", "x", "1\n", "1 2", "\xc3\xbc"}) {
    const Said said = vznnc({"-c", "-p", bad, "true"});
    EXPECT_EQ(said.code, 1) << bad;
    EXPECT_THAT(said.err, StartsWith(std::string("vznnc: invalid port: ") + bad + "\n"));
  }
  EXPECT_THAT(vznnc({"-c", "-p", "1", "-f", "-1", "true"}).err,
              StartsWith("vznnc: invalid descriptor: -1\n"));
}

TEST_F(NetworkTools, VznncEndsWith220WithoutAConnection) {
  EXPECT_EQ(vznnc({"-c", "-p", "1", "--", "true"}),
            (Said{"", "vznnc: connect to 127.0.0.1:1: Connection refused\n", 220}));
}

TEST_F(NetworkTools, VznncStopsListeningWhenNobodyIsThereAnyMore) {
  // Standard input is a pipe that ends.
  EXPECT_EQ(host_.tool("vznnc", {"-l", "-p", "47113", "true"}, "x"),
            (Said{"", "vznnc: standard input or output was closed before anybody connected\n", 220}));
}

}  // namespace
}  // namespace vz
