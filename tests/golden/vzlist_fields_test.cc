// Every field of vzlist: header, width, alignment, and what it shows in the table and in JSON. Source:
// vzlist 4.x; for the last nine, vzlist 7.

#include <gmock/gmock.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/golden/host.h"

namespace vz {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Column {
  const char* name;
  const char* header;
  size_t width;
  bool left;  // where the value stands
  bool header_left;
};

constexpr Column kColumns[] = {
    {"ctid", "CTID", 10, false, false},
    {"veid", "CTID", 10, false, false},
    {"vpsid", "CTID", 10, false, false},
    {"private", "PRIVATE", 32, true, true},
    {"root", "ROOT", 32, true, true},
    {"mount_opts", "MOUNT_OPTS", 16, true, true},
    {"origin_sample", "ORIGIN_SAMPLE", 32, true, false},
    {"hostname", "HOSTNAME", 32, true, true},
    {"name", "NAME", 32, true, true},
    {"smart_name", "SMARTNAME", 10, false, false},
    {"description", "DESCRIPTION", 32, true, true},
    {"ostemplate", "OSTEMPLATE", 32, true, true},
    {"ip", "IP_ADDR", 15, true, true},
    {"nameserver", "NAMESERVER", 15, true, true},
    {"searchdomain", "SEARCHDOMAIN", 15, true, true},
    {"status", "STATUS", 9, true, true},
    {"kmemsize", "KMEMSIZE", 10, false, false},
    {"kmemsize.m", "KMEMSIZE.M", 10, false, false},
    {"kmemsize.b", "KMEMSIZE.B", 10, false, false},
    {"kmemsize.l", "KMEMSIZE.L", 10, false, false},
    {"kmemsize.f", "KMEMSIZE.F", 10, false, false},
    {"lockedpages", "LOCKEDP", 10, false, false},
    {"lockedpages.m", "LOCKEDP.M", 10, false, false},
    {"lockedpages.b", "LOCKEDP.B", 10, false, false},
    {"lockedpages.l", "LOCKEDP.L", 10, false, false},
    {"lockedpages.f", "LOCKEDP.F", 10, false, false},
    {"privvmpages", "PRIVVMP", 10, false, false},
    {"privvmpages.m", "PRIVVMP.M", 10, false, false},
    {"privvmpages.b", "PRIVVMP.B", 10, false, false},
    {"privvmpages.l", "PRIVVMP.L", 10, false, false},
    {"privvmpages.f", "PRIVVMP.F", 10, false, false},
    {"shmpages", "SHMP", 10, false, false},
    {"shmpages.m", "SHMP.M", 10, false, false},
    {"shmpages.b", "SHMP.B", 10, false, false},
    {"shmpages.l", "SHMP.L", 10, false, false},
    {"shmpages.f", "SHMP.F", 10, false, false},
    {"numproc", "NPROC", 10, false, false},
    {"numproc.m", "NPROC.M", 10, false, false},
    {"numproc.b", "NPROC.B", 10, false, false},
    {"numproc.l", "NPROC.L", 10, false, false},
    {"numproc.f", "NPROC.F", 10, false, false},
    {"physpages", "PHYSP", 10, false, false},
    {"physpages.m", "PHYSP.M", 10, false, false},
    {"physpages.b", "PHYSP.B", 10, false, false},
    {"physpages.l", "PHYSP.L", 10, false, false},
    {"physpages.f", "PHYSP.F", 10, false, false},
    {"vmguarpages", "VMGUARP", 10, false, false},
    {"vmguarpages.m", "VMGUARP.M", 10, false, false},
    {"vmguarpages.b", "VMGUARP.B", 10, false, false},
    {"vmguarpages.l", "VMGUARP.L", 10, false, false},
    {"vmguarpages.f", "VMGUARP.F", 10, false, false},
    {"oomguarpages", "OOMGUARP", 10, false, false},
    {"oomguarpages.m", "OOMGUARP.M", 10, false, false},
    {"oomguarpages.b", "OOMGUARP.B", 10, false, false},
    {"oomguarpages.l", "OOMGUARP.L", 10, false, false},
    {"oomguarpages.f", "OOMGUARP.F", 10, false, false},
    {"numtcpsock", "NTCPSOCK", 10, false, false},
    {"numtcpsock.m", "NTCPSOCK.M", 10, false, false},
    {"numtcpsock.b", "NTCPSOCK.B", 10, false, false},
    {"numtcpsock.l", "NTCPSOCK.L", 10, false, false},
    {"numtcpsock.f", "NTCPSOCK.F", 10, false, false},
    {"numflock", "NFLOCK", 10, false, false},
    {"numflock.m", "NFLOCK.M", 10, false, false},
    {"numflock.b", "NFLOCK.B", 10, false, false},
    {"numflock.l", "NFLOCK.L", 10, false, false},
    {"numflock.f", "NFLOCK.F", 10, false, false},
    {"numpty", "NPTY", 10, false, false},
    {"numpty.m", "NPTY.M", 10, false, false},
    {"numpty.b", "NPTY.B", 10, false, false},
    {"numpty.l", "NPTY.L", 10, false, false},
    {"numpty.f", "NPTY.F", 10, false, false},
    {"numsiginfo", "NSIGINFO", 10, false, false},
    {"numsiginfo.m", "NSIGINFO.M", 10, false, false},
    {"numsiginfo.b", "NSIGINFO.B", 10, false, false},
    {"numsiginfo.l", "NSIGINFO.L", 10, false, false},
    {"numsiginfo.f", "NSIGINFO.F", 10, false, false},
    {"tcpsndbuf", "TCPSNDB", 10, false, false},
    {"tcpsndbuf.m", "TCPSNDB.M", 10, false, false},
    {"tcpsndbuf.b", "TCPSNDB.B", 10, false, false},
    {"tcpsndbuf.l", "TCPSNDB.L", 10, false, false},
    {"tcpsndbuf.f", "TCPSNDB.F", 10, false, false},
    {"tcprcvbuf", "TCPRCVB", 10, false, false},
    {"tcprcvbuf.m", "TCPRCVB.M", 10, false, false},
    {"tcprcvbuf.b", "TCPRCVB.B", 10, false, false},
    {"tcprcvbuf.l", "TCPRCVB.L", 10, false, false},
    {"tcprcvbuf.f", "TCPRCVB.F", 10, false, false},
    {"othersockbuf", "OTHSOCKB", 10, false, false},
    {"othersockbuf.m", "OTHSOCKB.M", 10, false, false},
    {"othersockbuf.b", "OTHSOCKB.B", 10, false, false},
    {"othersockbuf.l", "OTHSOCKB.L", 10, false, false},
    {"othersockbuf.f", "OTHSOCKB.F", 10, false, false},
    {"dgramrcvbuf", "DGRAMRB", 10, false, false},
    {"dgramrcvbuf.m", "DGRAMRB.M", 10, false, false},
    {"dgramrcvbuf.b", "DGRAMRB.B", 10, false, false},
    {"dgramrcvbuf.l", "DGRAMRB.L", 10, false, false},
    {"dgramrcvbuf.f", "DGRAMRB.F", 10, false, false},
    {"numothersock", "NOTHSOCK", 10, false, false},
    {"numothersock.m", "NOTHSOCK.M", 10, false, false},
    {"numothersock.b", "NOTHSOCK.B", 10, false, false},
    {"numothersock.l", "NOTHSOCK.L", 10, false, false},
    {"numothersock.f", "NOTHSOCK.F", 10, false, false},
    {"dcachesize", "DCACHESZ", 10, false, false},
    {"dcachesize.m", "DCACHESZ.M", 10, false, false},
    {"dcachesize.b", "DCACHESZ.B", 10, false, false},
    {"dcachesize.l", "DCACHESZ.L", 10, false, false},
    {"dcachesize.f", "DCACHESZ.F", 10, false, false},
    {"numfile", "NFILE", 10, false, false},
    {"numfile.m", "NFILE.M", 10, false, false},
    {"numfile.b", "NFILE.B", 10, false, false},
    {"numfile.l", "NFILE.L", 10, false, false},
    {"numfile.f", "NFILE.F", 10, false, false},
    {"numiptent", "NIPTENT", 10, false, false},
    {"numiptent.m", "NIPTENT.M", 10, false, false},
    {"numiptent.b", "NIPTENT.B", 10, false, false},
    {"numiptent.l", "NIPTENT.L", 10, false, false},
    {"numiptent.f", "NIPTENT.F", 10, false, false},
    {"swappages", "SWAPP", 10, false, false},
    {"swappages.m", "SWAPP.M", 10, false, false},
    {"swappages.b", "SWAPP.B", 10, false, false},
    {"swappages.l", "SWAPP.L", 10, false, false},
    {"swappages.f", "SWAPP.F", 10, false, false},
    {"diskspace", "DSPACE", 10, false, false},
    {"diskspace.s", "DSPACE.S", 10, false, false},
    {"diskspace.h", "DSPACE.H", 10, false, false},
    {"diskinodes", "DINODES", 10, false, false},
    {"diskinodes.s", "DINODES.S", 10, false, false},
    {"diskinodes.h", "DINODES.H", 10, false, false},
    {"laverage", "LAVERAGE", 14, false, false},
    {"uptime", "UPTIME", 15, false, false},
    {"cpulimit", "CPULIM", 7, false, false},
    {"cpuunits", "CPUUNI", 7, false, false},
    {"cpus", "CPUS", 5, false, false},
    {"ioprio", "IOP", 3, false, false},
    {"iolimit", "IOLIMIT", 10, false, false},
    {"iopslimit", "IOPS", 4, false, false},
    {"onboot", "ONBOOT", 6, false, false},
    {"bootorder", "BOOTORDER", 10, false, false},
    {"layout", "LAYOUT", 6, true, false},
    {"features", "FEATURES", 15, true, true},
    {"vswap", "VSWAP", 5, false, false},
    {"disabled", "DISABL", 6, false, false},
    {"vm_overcommit", "VM_OVC", 6, false, false},
    {"netfilter", "NETFILTER", 9, true, true},
    {"capability", "CAPABILITY", 15, true, true},
    {"configured_ip", "IP_ADDR", 15, true, true},
    {"cpumask", "CPUMASK", 15, true, true},
    {"nodemask", "NODEMASK", 15, true, true},
    {"devnodes", "DEVNODES", 15, true, true},
    {"ifname", "IFNAME", 15, true, true},
    {"mac", "MAC", 15, true, true},
    {"host_ifname", "HOST_IFNAME", 15, true, true},
    {"host_mac", "HOST_MAC", 15, true, true},
    {"network", "NETWORK", 15, true, true},
};

std::string padded(const std::string& text, size_t width, bool left) {
  const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
  return left ? text + blanks : blanks + text;
}

std::string trimmed(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

class VzlistFields : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzlist(words); }
  // One field of container 101 in the table: as last column, and as one with another behind it.
  std::string shown(const std::string& field) const { return run({"-H", "-o", field, "101"}).out; }
  json in_json(const std::string& field) const {
    const auto parsed = json::parse(run({"-j", "-o", field, "101"}).out, nullptr, false);
    return parsed.is_discarded() || parsed.size() != 1 ? json("<no JSON>") : parsed[0][field];
  }
  void configure(const std::string& config) const { host_.add_container("101", config); }

  Host host_;
};

TEST_F(VzlistFields, AreListedInOrderWithTheirHeaders) {
  std::string expected;
  for (const auto& column : kColumns)
    expected += padded(column.name, 15, true) + " " + padded(column.header, 15, true) + "\n";
  EXPECT_EQ(run({"-L"}), (Said{expected, "", 0}));
  EXPECT_EQ(run({"--list"}), (Said{expected, "", 0}));
}

TEST_F(VzlistFields, HaveTheirHeadersAndWidthsInTheTable) {
  configure("");
  std::string fields;
  std::string header;
  std::string row;
  for (const auto& column : kColumns) {
    fields += (fields.empty() ? "" : ",") + std::string(column.name);
    header += (header.empty() ? "" : " ") + padded(column.header, column.width, column.header_left);
    const std::string name = column.name;
    std::string value = "-";
    if (name == "ctid" || name == "veid" || name == "vpsid" || name == "smart_name") value = "101";
    if (name == "private") value = host_.private_area("101");
    if (name == "root") value = host_.root("101");
    if (name == "status") value = "stopped";
    if (name == "layout") value = "simfs";
    if (name == "vswap" || name == "disabled") value = "no";
    row += (row.empty() ? "" : " ") + padded(value, column.width, column.left);
  }
  EXPECT_EQ(run({"-a", "-o", fields}), (Said{trimmed(header) + trimmed(row), "", 0}));
}

TEST_F(VzlistFields, OfJsonAreAllThatHaveNoSuffixInTheSameOrder) {
  configure("");
  const auto parsed = nlohmann::ordered_json::parse(run({"-aj"}).out);
  ASSERT_EQ(parsed.size(), 1U);
  std::vector<std::string> expected;
  for (const auto& column : kColumns) {
    if (std::string_view(column.name).find('.') == std::string_view::npos) expected.emplace_back(column.name);
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : parsed[0].items()) keys.push_back(key);
  EXPECT_EQ(keys, expected);
}

TEST_F(VzlistFields, PathsAreExpanded) {
  configure("VE_ROOT=\"/vz/other/$VEID\"\nMOUNT_OPTS=\"noatime,ro\"\n");
  EXPECT_EQ(shown("root"), "/vz/other/101\n");
  EXPECT_EQ(in_json("root"), "/vz/other/101");
  EXPECT_EQ(in_json("private"), host_.private_area("101"));
  EXPECT_EQ(shown("mount_opts,ctid"), "noatime,ro              101\n");
  EXPECT_EQ(in_json("mount_opts"), "noatime,ro");
}

TEST_F(VzlistFields, WordsStandAtTheLeftOrAreAMinus) {
  for (const auto& [field, key] :
       std::vector<std::pair<std::string, std::string>>{{"hostname", "HOSTNAME"},
                                                        {"description", "DESCRIPTION"},
                                                        {"ostemplate", "OSTEMPLATE"},
                                                        {"origin_sample", "ORIGIN_SAMPLE"}}) {
    configure("");
    EXPECT_EQ(shown(field + ",ctid"), "-                                       101\n") << field;
    EXPECT_EQ(in_json(field), nullptr) << field;
    configure(key + "=\"some word\"\n");
    EXPECT_EQ(shown(field + ",ctid"), "some word                               101\n") << field;
    EXPECT_EQ(in_json(field), "some word") << field;
    configure(key + "=\"\"\n");
    EXPECT_EQ(shown(field), "-\n") << field;
    EXPECT_EQ(in_json(field), nullptr) << field;
  }
}

TEST_F(VzlistFields, ListsShowTheirFirstItemUnlessTheyComeLastOrWhole) {
  configure(
      "IP_ADDRESS=\"10.0.0.1/24 2001:DB8::0001/64\"\nNAMESERVER=\"10.0.0.2 10.0.0.3\"\nSEARCHDOMAIN=\"a.b "
      "c.d\"\n");
  EXPECT_EQ(shown("ip,nameserver,searchdomain,ctid"),
            "10.0.0.1        10.0.0.2        a.b                    101\n");
  EXPECT_EQ(shown("ip"), "10.0.0.1 2001:db8::1\n");
  EXPECT_EQ(run({"-Ht", "-o", "nameserver,ctid", "101"}).out, "10.0.0.2 10.0.0.3        101\n");
  EXPECT_EQ(in_json("ip"), json::array({"10.0.0.1", "2001:db8::1"}));
  EXPECT_EQ(in_json("configured_ip"), json::array({"10.0.0.1", "2001:db8::1"}));
  EXPECT_EQ(in_json("searchdomain"), json::array({"a.b", "c.d"}));
  configure("");
  EXPECT_EQ(shown("ip"), "-\n");
  EXPECT_EQ(in_json("ip"), json::array());
}

TEST_F(VzlistFields, ASmartNameIsTheNameOrTheNumber) {
  configure("");
  EXPECT_EQ(shown("smart_name"), "       101\n");
  EXPECT_EQ(in_json("smart_name"), 101);
  EXPECT_EQ(in_json("name"), nullptr);
  ASSERT_EQ(host_.vzctl({"set", "101", "--name", "web", "--save"}).code, 0);
  EXPECT_EQ(shown("smart_name"), "       web\n");
  EXPECT_EQ(in_json("smart_name"), "web");
  EXPECT_EQ(shown("name,ctid"), "web                                     101\n");
  EXPECT_EQ(in_json("name"), "web");
}

TEST_F(VzlistFields, BeancountersOfAContainerThatDoesNotRunAreItsLimits) {
  configure("KMEMSIZE=\"100:200\"\nPRIVVMPAGES=\"300\"\n");
  EXPECT_EQ(shown("kmemsize,kmemsize.m,kmemsize.b,kmemsize.l,kmemsize.f"),
            "         -          -        100        200          -\n");
  EXPECT_EQ(shown("privvmpages.b,privvmpages.l"), "       300        300\n");
  EXPECT_EQ(shown("numproc.b,numproc.l"), "         -          -\n");
  EXPECT_EQ(in_json("kmemsize"),
            json::parse(R"({"held": 0, "maxheld": 0, "barrier": 100, "limit": 200, "failcnt": 0})"));
  EXPECT_EQ(in_json("numproc"), json::parse(R"({"held": 0, "maxheld": 0, "barrier": 9223372036854775807,
                                                "limit": 9223372036854775807, "failcnt": 0})"));
  configure("PHYSPAGES=\"0:unlimited\"\n");
  EXPECT_EQ(shown("physpages.b,physpages.l"), "         0 9223372036854775807\n");
}

TEST_F(VzlistFields, OfDisksAreTheirLimits) {
  configure("DISKSPACE=\"2G:2.2G\"\nDISKINODES=\"0:200\"\n");
  EXPECT_EQ(shown("diskspace,diskspace.s,diskspace.h"), "         -    2097152    2306867\n");
  EXPECT_EQ(shown("diskinodes,diskinodes.s,diskinodes.h"), "         -          -        200\n");
  EXPECT_EQ(in_json("diskspace"),
            json::parse(R"({"usage": null, "softlimit": 2097152, "hardlimit": 2306867})"));
  configure("");
  EXPECT_EQ(in_json("diskspace"), nullptr);
  EXPECT_EQ(in_json("diskinodes"), nullptr);
}

TEST_F(VzlistFields, TimesOfAContainerThatDoesNotRunAreNone) {
  configure("");
  EXPECT_EQ(shown("laverage,uptime"), "             -               -\n");
  EXPECT_EQ(in_json("laverage"), nullptr);
  EXPECT_THAT(run({"-j", "-o", "uptime", "101"}).out, HasSubstr("\"uptime\": 0.000\n"));
}

TEST_F(VzlistFields, NumbersStandAtTheRight) {
  configure(
      "CPULIMIT=\"50\"\nCPUUNITS=\"1000\"\nCPUS=\"2\"\nIOPRIO=\"3\"\nIOLIMIT=\"10485760\"\nIOPSLIMIT="
      "\"500\"\n"
      "BOOTORDER=\"7\"\nVM_OVERCOMMIT=\"1.5\"\n");
  EXPECT_EQ(shown("cpulimit,cpuunits,cpus,ioprio,iolimit,iopslimit,bootorder,vm_overcommit"),
            "     50    1000     2   3   10485760  500          7    1.5\n");
  EXPECT_EQ(in_json("cpulimit"), 50);
  EXPECT_EQ(in_json("cpuunits"), 1000);
  EXPECT_EQ(in_json("cpus"), 2);
  EXPECT_EQ(in_json("ioprio"), 3);
  EXPECT_EQ(in_json("iolimit"), 10485760);
  EXPECT_EQ(in_json("iopslimit"), 500);
  EXPECT_EQ(in_json("bootorder"), 7);
  EXPECT_EQ(in_json("vm_overcommit"), 1.5);
}

TEST_F(VzlistFields, NumbersThatAreNotSetAreAMinus) {
  configure("IOLIMIT=\"0\"\nIOPSLIMIT=\"0\"\n");
  EXPECT_EQ(shown("cpulimit,cpuunits,cpus,ioprio,iolimit,iopslimit,bootorder,vm_overcommit"),
            "      -       -     -   -          -    -          -      -\n");
  for (const char* field : {"cpulimit", "cpuunits", "bootorder"}) EXPECT_EQ(in_json(field), nullptr) << field;
  for (const char* field : {"cpus", "ioprio", "iolimit", "iopslimit", "vm_overcommit"})
    EXPECT_EQ(in_json(field), 0) << field;
}

TEST_F(VzlistFields, YesAndNoAreBooleansInJson) {
  configure("ONBOOT=\"yes\"\nDISABLED=\"yes\"\nPHYSPAGES=\"0:65536\"\n");
  EXPECT_EQ(shown("onboot,vswap,disabled"), "   yes   yes    yes\n");
  for (const char* field : {"onboot", "vswap", "disabled"}) EXPECT_EQ(in_json(field), true) << field;
  configure("ONBOOT=\"no\"\nDISABLED=\"no\"\nPHYSPAGES=\"0:2147483647\"\n");
  EXPECT_EQ(shown("onboot,vswap,disabled"), "    no    no     no\n");
  for (const char* field : {"onboot", "vswap", "disabled"}) EXPECT_EQ(in_json(field), false) << field;
  configure("");
  EXPECT_EQ(in_json("onboot"), nullptr);
}

TEST_F(VzlistFields, SwitchesAreNamedAndJoinedByCommas) {
  configure("FEATURES=\"nfs:on ppp:off\"\nCAPABILITY=\"NET_ADMIN:on SYS_TIME:off\"\nNETFILTER=\"full\"\n");
  EXPECT_EQ(shown("features,capability,netfilter"), "nfs:on,ppp:off  net_admin:on,sys_time:off full\n");
  EXPECT_EQ(in_json("features"), json({{"nfs", true}, {"ppp", false}}));
  EXPECT_EQ(in_json("capability"), json({{"net_admin", true}, {"sys_time", false}}));
  EXPECT_EQ(in_json("netfilter"), "full");
  configure("");
  EXPECT_EQ(shown("features,capability,netfilter"), "-               -               -\n");
  for (const char* field : {"features", "capability", "netfilter"})
    EXPECT_EQ(in_json(field), nullptr) << field;
}

TEST_F(VzlistFields, TheLayoutIsTheContainersOwn) {
  configure("VE_LAYOUT=\"ploop:expanded\"\n");
  EXPECT_EQ(shown("layout,ctid"), "ploop         101\n");
  EXPECT_EQ(in_json("layout"), "ploop");
}

TEST_F(VzlistFields, NewerOnesShowWhereItRunsAndItsInterfaces) {
  configure(
      "CPUMASK=\"3,0-1\"\nNODEMASK=\"0\"\nDEVNODES=\"net/tun:rw sda1:none \"\n"
      "NETIF=\"ifname=eth0,mac=00:18:51:57:B8:0B,host_ifname=veth101.0,host_mac=00:18:51:38:49:64,bridge=br0;"
      "ifname=eth1,host_ifname=veth101.1\"\n");
  EXPECT_EQ(shown("cpumask,nodemask,ctid"), "0-1,3           0                      101\n");
  EXPECT_EQ(in_json("cpumask"), "0-1,3");
  EXPECT_EQ(in_json("devnodes"), json::array({"net/tun:rw", "sda1:none"}));
  EXPECT_EQ(in_json("ifname"), json::array({"eth0", "eth1"}));
  EXPECT_EQ(in_json("host_ifname"), json::array({"veth101.0", "veth101.1"}));
  EXPECT_EQ(in_json("mac"), json::array({"00:18:51:57:B8:0B"}));
  EXPECT_EQ(in_json("host_mac"), json::array({"00:18:51:38:49:64"}));
  EXPECT_EQ(in_json("network"), json::array({"br0"}));
}

}  // namespace
}  // namespace vz
