// What vzctl says about configuration files that it cannot read in every line, and to whom. Source:
// vzctl 4.x.

#include <gmock/gmock.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::Not;

class Config : public testing::Test {
 protected:
  // The lines of CTID.conf of 101.
  void configure(const std::string& text) const { host_.add_container("101", text); }
  void add_to_vz_conf(const std::string& lines) const {
    host_.files().write("etc/vz/vz.conf", host_.files().read("etc/vz/vz.conf") + lines);
  }
  std::string at(int line) const { return host_.conf("101.conf") + ":" + std::to_string(line); }
  std::string shown(const std::string& fields) const { return host_.vzlist({"-aHo", fields}).out; }

  Host host_;
};

constexpr const char* kNotSaved = "WARNING: Settings were not saved to config (use --save flag)\n";

TEST_F(Config, EveryLineThatCannotBeReadIsNamedOnce) {
  configure(
      "NAME=\"abc\nfoo\nONBOOT=\"yes\"\nONBOOT=\"no\"\nNUMPROC=9223372036854775808\nNUMFILE=xx\n"
      "IPTABLES=\"ipt_foo\"\nNETIF=\"ifname=eth0\"\nNETIF=\"ifname=eth1\"\n");
  // This command takes the lock, so it has looked twice.
  EXPECT_EQ(
      host_.vzctl({"set", "101", "--bootorder", "1"}),
      (Said{kNotSaved,
            "Warning: can't parse " + at(1) + " (unmatched quotes), skipping\nWarning: can't parse " + at(2) +
                " ('=' not found), skipping\nWarning at " + at(4) +
                ": duplicate for ONBOOT (\"no\"), ignored\nWarning at " + at(5) +
                ": too large value for NUMPROC (\"9223372036854775808\"), truncated\nWarning at " + at(6) +
                ": invalid value for NUMFILE (\"xx\"), skipped\n"
                "Warning: Unknown iptable module: ipt_foo, skipped\nWarning at " +
                at(9) + ": duplicate for NETIF (\"ifname=eth1\"), ignored\n",
            0}));
  EXPECT_EQ(shown("onboot,numproc.l,ifname"), "   yes 9223372036854775807 eth0\n");
}

TEST_F(Config, ALongKeyIsTooLong) {
  configure(std::string(512, 'K') + "=1\nONBOOT=yes\n");
  EXPECT_EQ(host_.vzctl({"set", "101"}).err,
            "Warning: can't parse " + at(1) + " (too long value), skipping\n");
  EXPECT_EQ(shown("onboot"), "   yes\n");
}

TEST_F(Config, DeprecatedAndUnknownFeaturesAreToldOnStdout) {
  configure("VETH=\"1\"\nFEATURES=\"zzz:on\"\n");
  EXPECT_EQ(
      host_.vzctl({"set", "101"}),
      (Said{std::string("Warning: Unknown feature: zzz:on\nWarning: VETH parameter is deprecated, remove "
                        "it and use --netif_add instead\n") +
                kNotSaved,
            "", 0}));
}

TEST_F(Config, UnknownParametersAreNamedToThoseWhoWantToKnow) {
  configure("FOO=\"1\"\nKEY =x\nVEID=\"101\"\nCONFIG_CUSTOMIZED=yes\n");
  add_to_vz_conf("VIRTUOZZO=yes\nVZWDOG=no\nBOGUS=1\n");
  EXPECT_EQ(host_.vzctl({"set", "101"}).out, kNotSaved);
  EXPECT_EQ(host_.vzctl({"--verbose", "set", "101"}),
            (Said{"Warning at " + (host_.files() / "etc/vz/vz.conf") +
                      ":7: unknown parameter BOGUS (\"1\"), ignored\nWarning at " + at(1) +
                      ": unknown parameter FOO (\"1\"), ignored\nWarning at " + at(2) +
                      ": unknown parameter KEY  (\"x\"), ignored\n" + kNotSaved,
                  "", 0}));
}

TEST_F(Config, QuietIsQuietAboutVzConfToo) {
  configure("foo\n");
  add_to_vz_conf("noeq\nNETFILTER=full\n");
  const std::string file = host_.files() / "etc/vz/vz.conf";
  EXPECT_EQ(host_.vzctl({"--quiet", "set", "101"}), (Said{"", "", 0}));
  const Said loud = host_.vzctl({"set", "101"});
  EXPECT_EQ(loud.out, "Warning: NETFILTER should not be set in " + file +
                          ", ignoring\nPlease remove NETFILTER from " + file +
                          "to get rid of this warning\n" + kNotSaved);
  EXPECT_THAT(loud.err, HasSubstr("can't parse " + file + ":5 ('=' not found), skipping\n"));
}

// Points 1 to 7 of the grammar.
TEST_F(Config, LinesAreReadAsAlways) {
  configure(
      "  ONBOOT=yes  \n# comment\n\n   # indented\nHOSTNAME=a\\\"b\nNAMESERVER=1.1.1.1 # text\n"
      "DESCRIPTION=\"a\" # \"b\"\nOSTEMPLATE='x'\nname=lower\n");
  EXPECT_EQ(host_.vzctl({"set", "101"}).err,
            "Warning at " + at(6) + ": invalid value for NAMESERVER (\"1.1.1.1 # text\"), skipped\n");
  EXPECT_EQ(host_.vzlist({"-aHto", "onboot,hostname,description,ostemplate"}).out,
            "   yes a\"b                              a\" # \"b                          'x'\n");
  configure("NAMESERVER=inherit # text\n");
  EXPECT_EQ(host_.vzctl({"set", "101"}).err, "");
  EXPECT_EQ(shown("nameserver"), "inherit\n");
}

TEST_F(Config, ListsOfTheContainerReplaceThoseOfVzConf) {
  add_to_vz_conf("NAMESERVER=\"1.1.1.1 2.2.2.2\"\nONBOOT=\"yes\"\nDISABLED=yes\nFEATURES=\"nfs:on\"\n");
  configure("NAMESERVER=\"3.3.3.3\"\nNAMESERVER=\"4.4.4.4\"\nDISABLED=no\n");
  EXPECT_EQ(host_.vzlist({"-aHto", "onboot,disabled,features,nameserver"}).out,
            "   yes     no nfs:on          3.3.3.3 4.4.4.4\n");
}

TEST_F(Config, OnlyTheFirstVeidIsReplacedAndSlashesAtTheEndGo) {
  configure("VE_ROOT=\"/a/$VEID/$VEID//\"\nVE_PRIVATE=\"" + host_.private_area("${VEID}") + "/\"\n");
  EXPECT_EQ(host_.vzlist({"-aHto", "root,private"}).out,
            "/a/101/$VEID                     " + host_.private_area("101") + "\n");
}

TEST_F(Config, MessagesAreWrittenToTheLogFileInItsFormat) {
  configure("");
  add_to_vz_conf("LOGFILE=\"" + (host_.files() / "log") + "\"\n");
  (void)host_.vzctl({"--quiet", "stop", "101"});
  (void)host_.vzctl({"--verbose", "status", "101"});
  EXPECT_THAT(
      host_.files().read("log"),
      testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9:]{4,5} vzctl : CT 101 : Unable "
                            "to stop: container is not running\n(.*\n)*"));
}

TEST_F(Config, AConfigurationThatIsNoFileIsAnErrorOfTheSystem) {
  ASSERT_TRUE(make_directories(host_.conf("101.conf")));
  EXPECT_EQ(host_.vzctl({"start", "101"}),
            (Said{"", "Unable to open " + host_.conf("101.conf") + ": Is a directory\n", 10}));
}

TEST_F(Config, NamesAreLinksToConfigurations) {
  configure("");
  const auto status_of = [&](const std::string& name) { return host_.vzctl({"--quiet", "status", name}); };
  const Said there{"CTID 101 exist unmounted down\n", "", 0};
  EXPECT_EQ(host_.vzctl({"set", "101", "--name", "a b-c_d.e+f", "--save"}).code, 0);
  EXPECT_EQ(status_of("a b-c_d.e+f"), there);
  EXPECT_EQ(*read_link(host_.files() / "etc/vz/names/a b-c_d.e+f"), host_.conf("101.conf"));
  // Only one at a time.
  EXPECT_EQ(host_.vzctl({"set", "101", "--name", "other", "--save"}).code, 0);
  EXPECT_EQ(status_of("a b-c_d.e+f"), (Said{"", "Bad CT ID a b-c_d.e+f\n", 21}));
  // A number is a number; blanks and a plus in front do not matter.
  EXPECT_EQ(host_.vzctl({"set", "101", "--name", "77", "--save"}).code, 0);
  EXPECT_EQ(status_of("77").out, "CTID 77 deleted unmounted down\n");
  for (const char* number : {"+101", " 101", "0101"}) EXPECT_EQ(status_of(number), there) << number;
  for (const char* name : {"a/b", "a\tb", "\xc3\xa4", "a:b"}) {
    EXPECT_EQ(host_.vzctl({"set", "101", "--name", name, "--save"}).code, 21) << name;
  }
}

TEST_F(Config, TheNameOfAConfigurationCanBeLinkedAgain) {
  configure("NAME=\"web\"\n");
  EXPECT_EQ(host_.vzctl({"set", "101", "--applyconfig_map", "ip"}),
            (Said{"", "Bad parameter for --applyconfig_map: ip\n", 21}));
  EXPECT_EQ(host_.vzctl({"set", "101", "--applyconfig_map", "name"}), (Said{"", "", 0}));
  EXPECT_EQ(host_.vzctl({"--quiet", "status", "web"}).out, "CTID 101 exist unmounted down\n");
}

}  // namespace
}  // namespace vz
