// vzctl set on containers that do not run: words, exit codes and the file that is written.

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

class Set : public testing::Test {
 protected:
  void SetUp() override { host_.add_container("101"); }
  Said set(std::vector<std::string> words) const {
    words.insert(words.begin(), {"set", "101"});
    return host_.vzctl(words);
  }
  std::string config() const { return host_.files().read("etc/vz/conf/101.conf"); }
  Said saved() const { return {"CT configuration saved to " + host_.conf("101.conf") + "\n", "", 0}; }

  Host host_;
};

Said complains(std::string err, int code) {
  return {"", std::move(err), code};
}

TEST_F(Set, WhatIsNotSavedIsSaid) {
  const Said warned{"WARNING: Settings were not saved to config (use --save flag)\n", "", 0};
  EXPECT_EQ(set({"--onboot", "no"}), warned);
  EXPECT_EQ(set({}), warned);
  EXPECT_EQ(config(), "");
}

TEST_F(Set, NothingToSaveLeavesTheFileAlone) {
  EXPECT_EQ(set({"--save"}), (Said{"No changes in CT configuration, not saving\n", "", 0}));
}

TEST_F(Set, SomeOptionsNeedSave) {
  EXPECT_EQ(set({"--name", "foo"}), complains("Error: unable to use --name option without --save\n", 131));
  EXPECT_EQ(set({"--ostemplate", "foo"}),
            complains("Error: unable to use --ostemplate option without --save\n", 20));
  EXPECT_EQ(set({"--stop-timeout", "5"}),
            complains("Error: unable to use --stop-timeout option without --save\n", 20));
  EXPECT_EQ(set({"--force"}), complains("Error: --force is useless without --save\n", 20));
  EXPECT_EQ(set({"--setmode", "restart"}),
            complains("Error: --setmode restart doesn't make sense without --save flag\n", 20));
}

TEST_F(Set, ResetUbIsAloneAndNeedsARunningContainer) {
  EXPECT_EQ(set({"--reset_ub"}), complains("Container is not running\n", 31));
  EXPECT_EQ(set({"--reset_ub", "--save"}), complains("Error: option --reset_ub is exclusive\n", 20));
}

TEST_F(Set, LiveParametersNeedSaveOrARunningContainer) {
  EXPECT_EQ(set({"--ram", "1G"}), complains("Error: required UB parameter (swap) not set\n", 28));
  EXPECT_EQ(set({"--ram", "1G", "--swap", "1G"}),
            complains("Unable to apply UBC parameters: container is not running\n", 31));
  EXPECT_EQ(set({"--cpuunits", "1000"}),
            complains("Unable to apply CPU parameters: container is not running\n", 31));
  EXPECT_EQ(set({"--ipadd", "10.0.0.1"}),
            complains("Unable to apply network parameters: container is not running\n", 31));
}

TEST_F(Set, TheFirstGroupThatCannotBeAppliedIsNamed) {
  const std::string end = ": container is not running\n";
  EXPECT_EQ(set({"--netdev_add", "eth7"}), complains("Unable to setup network devices" + end, 31));
  EXPECT_EQ(set({"--devices", "c:10:200:rw"}), complains("Unable to apply devperm" + end, 31));
  EXPECT_EQ(set({"--pci_add", "00:1f.2"}), complains("Unable to configure PCI devices" + end, 31));
  EXPECT_EQ(set({"--netif_add", "eth0"}), complains("Unable to create veth" + end, 31));
  EXPECT_EQ(set({"--netdev_add", "eth7", "--ipadd", "10.0.0.1", "--numfile", "5"}),
            complains("Unable to apply UBC parameters" + end, 31));
  host_.add_container("101", "NETIF=\"ifname=eth0\"\n");
  EXPECT_EQ(set({"--netif_del", "eth0"}), complains("Unable to remove veth" + end, 31));
}

TEST_F(Set, OptionsThatBelongTogetherAreAskedFor) {
  EXPECT_EQ(set({"--nodemask", "0", "--save"}),
            complains("Error: option --nodemask requires --cpumask\n", 20));
  EXPECT_EQ(set({"--cpumask", "auto", "--save"}),
            complains("Error: --cpumask auto requires --nodemask\n", 20));
  EXPECT_EQ(set({"--offline-resize", "--save"}),
            complains("Error: option --offline-resize can only be used with --diskspace\n", 20));
  EXPECT_EQ(set({"--cpumask", "auto", "--nodemask", "0-1", "--save"}), saved());
  EXPECT_EQ(config(), "CPUMASK=\"auto\"\nNODEMASK=\"0-1\"\n");
}

// The example of the specification, in which the sample had the disk's limits in front.
TEST_F(Set, EveryKindOfValueIsStoredAsAlways) {
  host_.files().write("etc/vz/conf/101.conf", "DISKSPACE=\"1:2\"\nDISKINODES=\"1:2\"\n");
  EXPECT_EQ(set({"--name",          "web1",
                 "--description",   "some text",
                 "--cpulimit",      "50",
                 "--cpus",          "2",
                 "--cpumask",       "0-3,7",
                 "--ioprio",        "3",
                 "--iolimit",       "10",
                 "--iopslimit",     "500",
                 "--capability",    "net_admin:on,sys_time:off",
                 "--features",      "nfs:on,ppp:off",
                 "--diskspace",     "5G:6G",
                 "--diskinodes",    "100K:200K",
                 "--devices",       "c:10:200:rw",
                 "--stop-timeout",  "30",
                 "--meminfo",       "pages:1000",
                 "--vm_overcommit", "1.5",
                 "--save"})
                .code,
            0);
  EXPECT_EQ(config(),
            "DISKSPACE=\"5242880:6291456\"\nDISKINODES=\"102400:204800\"\nVM_OVERCOMMIT=\"1.5\"\n"
            "CAPABILITY=\"NET_ADMIN:on SYS_TIME:off\"\nDESCRIPTION=\"some text\"\nDEVICES=\"c:10:200:rw \"\n"
            "CPULIMIT=\"50\"\nCPUS=\"2\"\nCPUMASK=\"0-3,7\"\nMEMINFO=\"pages:1000\"\nNAME=\"web1\"\n"
            "FEATURES=\"nfs:on ppp:off\"\nIOPRIO=\"3\"\nIOLIMIT=\"10485760\"\nIOPSLIMIT=\"500\"\n"
            "STOP_TIMEOUT=\"30\"\n");
}

TEST_F(Set, BeancountersKeepTheirUnits) {
  EXPECT_EQ(set({"--privvmpages", "5M:6M", "-k", "1.5M:2M", "-t", "16:20", "--tcpsndbuf", "64k", "--shmpages",
                 "10:5", "--oomguarpages", "unlimited", "--numfile", "5.7", "--save"}),
            saved());
  EXPECT_EQ(config(),
            "KMEMSIZE=\"1572864:2097152\"\nPRIVVMPAGES=\"1280:1536\"\nSHMPAGES=\"10:5\"\n"
            "OOMGUARPAGES=\"unlimited\"\nNUMPTY=\"16:20\"\nTCPSNDBUF=\"65536\"\nNUMFILE=\"5\"\n");
}

TEST_F(Set, UnlimitedMemoryIsStoredAsSuch) {
  EXPECT_EQ(set({"--ram", "unlimited", "--swap", "1", "--save"}), saved());
  EXPECT_EQ(config(), "PHYSPAGES=\"0:unlimited\"\nSWAPPAGES=\"0:1\"\n");
}

TEST_F(Set, ListsGrowAndShrink) {
  EXPECT_EQ(set({"--devices", "c:10:200:rw", "--devices", "b:8:all:r", "--pci_add", "1f:02.3", "--netdev_add",
                 "eth7", "--netdev_add", "eth8", "--save"}),
            saved());
  EXPECT_EQ(set({"--devices", "c:10:200:none", "--pci_add", "0001:00:1f.2", "--pci_del", "1f:2.3",
                 "--netdev_del", "eth7", "--save"}),
            saved());
  EXPECT_EQ(config(), "NETDEV=\"eth8\"\nDEVICES=\"c:10:200:none b:8:all:r \"\nPCI=\"0001:00:1f.2\"\n");
}

TEST_F(Set, PacketFilterModulesBringWhatTheyNeed) {
  EXPECT_EQ(set({"--iptables", "ipt_state,iptable_nat,nonsense", "--save"}),
            (Said{saved().out, "Warning: Unknown iptable module: nonsense, skipped\n", 0}));
  EXPECT_EQ(config(), "IPTABLES=\"ip_tables ip_conntrack ipt_state iptable_nat \"\n");
}

TEST_F(Set, TheHostItselfTakesLimitsOnly) {
  const auto set0 = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"set", "0"});
    return host_.vzctl(words);
  };
  const std::string kept =
      "Warning: the kernel has no limits for the host itself, so those of CT0 are only kept\n";
  host_.files().write("etc/vz/conf/0.conf", "ONBOOT=\"no\"\n");
  EXPECT_EQ(set0({"--cpuunits", "1000", "--save"}),
            (Said{"CT configuration saved to " + host_.conf("0.conf") + "\n",
                  "Warning: CPUUNITS is not enforced: this host has no cgroup controller cpu\n", 0}));
  EXPECT_EQ(set0({"--numproc", "1000", "--save"}),
            (Said{kept + "CT configuration saved to " + host_.conf("0.conf") + "\n", "", 0}));
  EXPECT_EQ(set0({"--reset_ub"}),
            (Said{kept, "Warning: CPUUNITS is not enforced: this host has no cgroup controller cpu\n", 0}));
  EXPECT_EQ(set0({"--hostname", "x", "--save"}),
            complains("HOSTNAME cannot be set for CT0\n"
                      "Error: failed to apply some parameters, not saving configuration file!\n",
                      20));
  EXPECT_EQ(host_.files().read("etc/vz/conf/0.conf"), "ONBOOT=\"no\"\nCPUUNITS=\"1000\"\nNUMPROC=\"1000\"\n");
}

TEST_F(Set, ASampleMustBeThere) {
  EXPECT_EQ(set({"--applyconfig", "nope", "--save"}),
            complains("Sample config file not found: " + host_.conf("ve-nope.conf-sample") +
                          "\nError: failed to apply some parameters, not saving configuration file!\n",
                      109));
}

TEST_F(Set, ASampleGivesItsParametersButNoIdentity) {
  host_.files().write("etc/vz/conf/ve-light.conf-sample",
                      "NUMPROC=\"100\"\nHOSTNAME=\"sample\"\nIP_ADDRESS=\"1.1.1.1\"\n");
  EXPECT_EQ(set({"--applyconfig", "light", "--save"}), saved());
  EXPECT_EQ(config(), "NUMPROC=\"100\"\nORIGIN_SAMPLE=\"light\"\n");
}

TEST_F(Set, BadValuesAreNamed) {
  EXPECT_EQ(set({"--capability", "sys_time:on,foo:on", "--save"}),
            complains("Capability foo is unknown\nBad parameter for --capability: sys_time:on\n", 21));
  EXPECT_EQ(set({"--onboot", "Yes"}), complains("Bad parameter for --onboot: Yes\n", 21));
  EXPECT_EQ(set({"--numproc", "9223372036854775808", "--save"}),
            complains("Bad parameter for --numproc: 9223372036854775808\n", 21));
  EXPECT_EQ(set({"--name", "a/b", "--save"}), complains("Bad parameter for --name: a/b\n", 21));
  EXPECT_EQ(set({"--netif_add", "eth0,xx", "--save"}),
            complains("Invalid container MAC address length\nBad parameter for --netif_add: eth0,xx\n", 21));
  EXPECT_EQ(set({"--netdev_add", "venet0", "--save"}),
            complains("Bad parameter for --netdev_add: venet0\n", 21));
  EXPECT_EQ(
      set({"--devices", "b:7:0:rw", "--save"}),
      complains(
          "Device b:7:0:rw is not allowed to be assigned to a CT\nBad parameter for --devices: b:7:0:rw\n",
          21));
  EXPECT_EQ(set({"--features", "nfs:on,fuze:on", "--save"}),
            (Said{"Warning: Unknown feature: fuze:on\n", "Bad parameter for --features: nfs:on\n", 21}));
  EXPECT_EQ(set({"--netfilter", "some", "--save"}),
            complains("Incorrect netfilter value: some\nBad parameter for --netfilter: some\n", 21));
  EXPECT_EQ(set({"-p", "1K"}), complains("Bad parameter for -p : 1K\n", 21));
  EXPECT_EQ(set({"--iolimit", "4G", "--save"}),
            (Said{saved().out, "Warning: too large value for --iolimit, truncated\n", 0}));
  EXPECT_EQ(config(), "IOLIMIT=\"2147483647\"\n");
  EXPECT_EQ(set({"--mac", "00:18:51:57:B8:0B"}),
            complains("Invalid usage.  Option --ifname not specified\n", 20));
  EXPECT_EQ(set({"--ifname", "eth0", "--bridge", "br0", "--save"}),
            complains("Invalid usage: veth device eth0 is not configured, use --netif_add option first\n"
                      "Error: failed to apply some parameters, not saving configuration file!\n",
                      20));
}

TEST_F(Set, OptionsMayBeShortenedAndMixedWithArguments) {
  EXPECT_EQ(set({"--numpr=5", "--save"}), saved());
  EXPECT_EQ(config(), "NUMPROC=\"5\"\n");
  EXPECT_EQ(set({"-p", "80:100", "--save"}), saved());
  EXPECT_EQ(config(), "NUMPROC=\"80:100\"\n");
}

TEST_F(Set, TheFirstScalarAndTheLastLimitWin) {
  EXPECT_EQ(set({"--hostname", "a", "--hostname", "b", "--numproc", "1", "--numproc", "2", "--save"}),
            saved());
  EXPECT_EQ(config(), "NUMPROC=\"2\"\nHOSTNAME=\"a\"\n");
}

TEST_F(Set, SavesInTheDocumentedFormAndOrder) {
  EXPECT_EQ(set({"--name",         "web1",  "--description", "some text",
                 "--cpulimit",     "50",    "--cpus",        "2",
                 "--cpumask",      "0-3,7", "--capability",  "net_admin:on,sys_time:off",
                 "--diskspace",    "5G:6G", "--diskinodes",  "100K:200K",
                 "--stop-timeout", "30",    "--ram",         "512M",
                 "--swap",         "1G",    "--numproc",     "80:100",
                 "--save"}),
            (Said{"Name web1 assigned\n" + saved().out, "", 0}));
  EXPECT_EQ(config(),
            "NUMPROC=\"80:100\"\n"
            "PHYSPAGES=\"0:131072\"\n"
            "SWAPPAGES=\"0:262144\"\n"
            "CAPABILITY=\"NET_ADMIN:on SYS_TIME:off\"\n"
            "DESCRIPTION=\"some text\"\n"
            "CPULIMIT=\"50\"\n"
            "CPUS=\"2\"\n"
            "CPUMASK=\"0-3,7\"\n"
            "DISKSPACE=\"5242880:6291456\"\n"
            "DISKINODES=\"102400:204800\"\n"
            "NAME=\"web1\"\n"
            "STOP_TIMEOUT=\"30\"\n");
}

TEST_F(Set, AnInterfaceGetsNamesAndAddresses) {
  EXPECT_EQ(set({"--netif_add", "eth0,,,,br0", "--save"}), saved());
  EXPECT_THAT(config(),
              testing::MatchesRegex("NETIF=\"ifname=eth0,bridge=br0,mac=00:18:51(:[0-9A-F]{2}){3},"
                                    "host_ifname=veth101\\.0,host_mac=00:18:51(:[0-9A-F]{2}){3}\"\n"));
  EXPECT_EQ(set({"--netif_del", "eth0", "--save"}), saved());
  EXPECT_EQ(config(), "NETIF=\"\"\n");
}

TEST_F(Set, AddressesAddUp) {
  EXPECT_EQ(set({"--ipadd", "10.0.0.1", "--ipadd", "2001:DB8::0001/64", "--save"}), saved());
  EXPECT_EQ(set({"--ipadd", "10.0.0.2/24", "--ipdel", "10.0.0.1", "--save"}), saved());
  EXPECT_EQ(config(), "IP_ADDRESS=\"2001:db8::1/64 10.0.0.2/24\"\n");
  EXPECT_EQ(set({"--ipdel", "all", "--save"}), saved());
  EXPECT_EQ(config(), "IP_ADDRESS=\"\"\n");
}

TEST_F(Set, CommentsAndForeignLinesSurvive) {
  host_.files().write("etc/vz/conf/101.conf",
                      "#UUID: 7-8\nVE_ROOT=\"/vz/root/$VEID\"\nFOO=bar\nONBOOT=\"no\"\n# end\n");
  EXPECT_EQ(set({"--onboot", "yes", "--save"}), saved());
  EXPECT_EQ(config(), "#UUID: 7-8\nVE_ROOT=\"/vz/root/$VEID\"\nFOO=bar\nONBOOT=\"yes\"\n# end\n");
}

TEST_F(Set, AKnownLayoutIsAlwaysSavedAgain) {
  host_.files().write("etc/vz/conf/101.conf", "VE_LAYOUT=\"simfs\"\n");
  EXPECT_EQ(set({"--save"}), saved());
}

TEST_F(Set, AFileIsMadeForAContainerWithoutOne) {
  ASSERT_EQ(unlink(host_.conf("101.conf").c_str()), 0);
  EXPECT_EQ(set({"--onboot", "yes", "--save"}),
            (Said{saved().out,
                  "WARNING: " + host_.conf("101.conf") + " not found: No such file or directory\n", 0}));
  EXPECT_EQ(config(), "ONBOOT=\"yes\"\n");
}

TEST_F(Set, ALineBreakCannotBeSmuggledIntoTheFile) {
  EXPECT_EQ(set({"--hostname", "a\nONBOOT=yes", "--save"}).code, 21);
  EXPECT_EQ(config(), "");
}

TEST_F(Set, EveryShortOptionIsALimit) {
  EXPECT_EQ(set({"-k", "5K:6K", "-l", "5",  "-p", "4",  "-f", "3",  "-t", "2",     "-i",
                 "1",  "-b",    "9",  "-e", "8",  "-n", "7",  "-x", "6",  "--save"}),
            saved());
  EXPECT_EQ(config(),
            "KMEMSIZE=\"5120:6144\"\nLOCKEDPAGES=\"5\"\nNUMPROC=\"4\"\nNUMFLOCK=\"3\"\nNUMPTY=\"2\"\n"
            "NUMSIGINFO=\"1\"\nTCPRCVBUF=\"9\"\nNUMFILE=\"7\"\nDCACHESIZE=\"6\"\nNUMIPTENT=\"8\"\n");
}

TEST_F(Set, TheOtherSpellingsAndRareParametersAreStored) {
  EXPECT_EQ(set({"--ip",        "3.3.3.3",  "--avnumproc",      "5",   "--swappages",  "5:6",
                 "--cpuweight", "7",        "--bootorder",      "5",   "--disabled",   "yes",
                 "--quotatime", "5",        "--quotaugidlimit", "100", "--meminfo",    "none",
                 "--netfilter", "stateful", "--diskquota",      "no",  "--mount_opts", "noatime,nodiratime",
                 "--save"}),
            saved());
  EXPECT_EQ(config(),
            "AVNUMPROC=\"5\"\nSWAPPAGES=\"5:6\"\nNETFILTER=\"stateful\"\nIP_ADDRESS=\"3.3.3.3\"\n"
            "MOUNT_OPTS=\"noatime,nodiratime\"\nCPUUWEIGHT=\"7\"\nDISABLED=\"yes\"\nDISK_QUOTA=\"no\"\n"
            "QUOTATIME=\"5\"\nQUOTAUGIDLIMIT=\"100\"\nMEMINFO=\"none\"\nBOOTORDER=\"5\"\n");
}

TEST_F(Set, NameserversAreReplacedButCannotBeTakenAway) {
  EXPECT_EQ(set({"--nameserver", "1.1.1.1 2.2.2.2", "--nameserver", "1.1.1.1", "--searchdomain", "a",
                 "--searchdomain", "b", "--hostname", "h", "--save"}),
            saved());
  EXPECT_EQ(set({"--nameserver", "", "--searchdomain", "", "--hostname", "", "--description", "", "--save"}),
            saved());
  EXPECT_EQ(config(),
            "HOSTNAME=\"\"\nNAMESERVER=\"1.1.1.1 2.2.2.2\"\nSEARCHDOMAIN=\"a b\"\nDESCRIPTION=\"\"\n");
  EXPECT_EQ(set({"--nameserver", "inherit", "--save"}), saved());
  EXPECT_THAT(config(), testing::HasSubstr("NAMESERVER=\"inherit\"\n"));
}

TEST_F(Set, AddressesThatMeanNoneAreLeftOut) {
  EXPECT_EQ(set({"--ipadd", "0.0.0.0", "--ipadd", "::", "--ipadd", "::0", "--ipadd", "1.1.1.1", "--save"}),
            saved());
  EXPECT_EQ(set({"--ipadd", "1.1.1.1/24", "--save"}), saved());
  EXPECT_EQ(config(), "IP_ADDRESS=\"1.1.1.1/24\"\n");
  EXPECT_EQ(set({"--ipdel", "1.1.1.1/8", "--save"}), saved());
  EXPECT_EQ(set({"--ipadd", "1.1.1.2", "--save"}), saved());
  EXPECT_EQ(set({"--ipdel", "all", "--ipadd", "9.9.9.9", "--save"}), saved());
  EXPECT_EQ(config(), "IP_ADDRESS=\"9.9.9.9\"\n");
}

TEST_F(Set, AnInterfaceIsChangedByItsName) {
  ASSERT_EQ(set({"--netif_add", "eth0", "--netif_add", "eth1", "--save"}).code, 0);
  EXPECT_EQ(set({"--ifname", "eth0", "--mac", "00:11:22:33:44:55", "--host_ifname", "foo", "--host_mac",
                 "fe:ff:ff:ff:ff:ff", "--bridge", "br9", "--mac_filter", "off", "--save"}),
            saved());
  EXPECT_THAT(config(),
              testing::StartsWith("NETIF=\"ifname=eth0,bridge=br9,mac=00:11:22:33:44:55,host_ifname=foo,"
                                  "host_mac=FE:FF:FF:FF:FF:FF,mac_filter=off;ifname=eth1,"));
  EXPECT_EQ(set({"--netif_del", "eth5", "--netif_del", "all", "--save"}).code, 0);
  EXPECT_EQ(config(), "NETIF=\"\"\n");
  EXPECT_EQ(set({"--netif_del", "eth5", "--save"}).err,
            "Container does not have configured veth: eth5, skipped\n");
  EXPECT_EQ(set({"--ifname", "eth0", "--ifname", "eth1"}),
            complains("Multiple use of --ifname option not allowed\n", 20));
}

TEST_F(Set, BadInterfacesAndDevicesAreNamed) {
  const auto refused = [&](const std::string& option, const std::string& value, const std::string& why) {
    EXPECT_EQ(set({option, value, "--save"}),
              complains(why + "Bad parameter for " + option + ": " + value + "\n", 21));
  };
  refused("--netif_add", "eth0,00:11:22:33:44:zz", "Invalid container MAC address format\n");
  refused("--netif_add", "eth0,,,00:11:22:33:44:zz", "Invalid host MAC address\n");
  refused("--netif_add", "eth01234567890123", "");
  for (const char* device : {"tun0", "tap0", "lo"}) refused("--netdev_add", device, "");
  refused("--devnodes", "nosuch:rw", "Incorrect device name /dev/nosuch: No such file or directory\n");
  refused("--devnodes", "shm:rw", "The /dev/shm is not block or character device\n");
  refused("--devices", "q:1:1:r", "");
  refused("--capability", "chown", "Can't parse capability chown (expecting capname:on|off)\n");
  refused("--setmode", "later", "");
  refused("--ioprio", "8", "");
  refused("--iopslimit", "-1", "");
  refused("--cpuunits", "7", "");
  refused("--cpumask", "4096", "");
  refused("--meminfo", "pages:0", "");
  refused("--vm_overcommit", "x", "");
}

TEST_F(Set, ResizingOfflineIsForImages) {
  EXPECT_EQ(set({"--offline", "--diskspace", "1M", "--save"}),
            (Said{saved().out, "Warning: option --offline-resize only makes sense for a ploop CT\n", 0}));
  EXPECT_EQ(config(), "DISKSPACE=\"1024:1024\"\n");
}

TEST_F(Set, HalfAHostIsHalfOfAllItsCpus) {
  EXPECT_EQ(set({"--cpulimit", "50%", "--save"}), saved());
  EXPECT_EQ(config(), "CPULIMIT=\"" + std::to_string(50 * sysconf(_SC_NPROCESSORS_ONLN)) + "\"\n");
}

TEST_F(Set, WordsThatAreNoOptionsAreNamed) {
  EXPECT_EQ(set({"extra", "word"}), complains("Invalid extra arguments: extra word \n", 20));
  EXPECT_EQ(set({"--ram"}), complains("vzctl: option '--ram' requires an argument\n", 21));
  const Said ambiguous = set({"--num", "5"});
  EXPECT_THAT(ambiguous.err, testing::StartsWith("vzctl: option '--num' is ambiguous"));
  EXPECT_EQ(ambiguous.code, 21);
  EXPECT_EQ(set({"--force", "--onboot", "yes", "--save"}), saved());
}

}  // namespace
}  // namespace vz
