#include "libvz/config/config_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libvz/config/parameter_table.h"
#include "libvz/config/save.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using testing::HasSubstr;

// KEY|VALUE of a one-line file.
std::string parsed(std::string_view line) {
  const auto text = parse_config_text(line);
  if (!text.malformed.empty()) return text.malformed[0].reason;
  if (text.assignments.empty()) return "nothing";
  return text.assignments[0].key + "|" + text.assignments[0].value;
}

TEST(ConfigFile, ReadsLinesAsTheReferenceDoes) {
  EXPECT_EQ(parsed("  A=\"b c\"  "), "A|b c");
  EXPECT_EQ(parsed("A=b # c"), "A|b # c");
  EXPECT_EQ(parsed("A =b"), "A |b");
  EXPECT_EQ(parsed("X=\"a\" # \"b\""), "X|a\" # \"b");
  EXPECT_EQ(parsed("X=\"a\\\"b\""), "X|a\"b");
  EXPECT_EQ(parsed("X=\\\"a\""), "X|a");
  EXPECT_EQ(parsed("X='a'"), "X|'a'");
  EXPECT_EQ(parsed("# A=b"), "nothing");
  EXPECT_EQ(parsed(""), "nothing");
  EXPECT_EQ(parsed("A"), "'=' not found");
  EXPECT_EQ(parsed("A=\"b"), "unmatched quotes");
  EXPECT_EQ(parsed(std::string(600, 'k') + "=1"), "too long value");
}

TEST(ConfigFile, EditsInPlaceAndAppendsNewKeys) {
  ConfigEditor editor("#UUID: 1-2\n\nONBOOT=\"no\"\nFOO=bar\n# ONBOOT=yes\nONBOOT=yes\n");
  ASSERT_TRUE(editor.set("ONBOOT", "yes"));
  ASSERT_TRUE(editor.set("NAME", "web"));
  EXPECT_EQ(editor.text(), "#UUID: 1-2\n\nONBOOT=\"yes\"\nFOO=bar\n# ONBOOT=yes\nNAME=\"web\"\n");
}

TEST(ConfigFile, ALineThatSetsTheKeyByAnotherNameIsReplaced) {
  ConfigEditor editor("DCACHE=\"1:2\"\nFOO=bar\nDCACHESIZE=\"3:4\"\nDCACHE=\"5:6\"\n");
  ASSERT_TRUE(editor.set("DCACHESIZE", "7:8", "DCACHE"));
  EXPECT_EQ(editor.text(), "DCACHESIZE=\"7:8\"\nFOO=bar\n");
}

TEST(ConfigFile, ALineIsSeenAsTheReaderSeesItWhenItIsReplaced) {
  ConfigEditor editor("ONB\\OOT=\"no\"\n\\# ONBOOT=no\n");
  ASSERT_TRUE(editor.set("ONBOOT", "yes"));
  EXPECT_EQ(editor.text(), "ONBOOT=\"yes\"\n\\# ONBOOT=no\n");
}

TEST(ConfigFile, WhatIsWrittenReadsBackTheSame) {
  for (const std::string value : {"plain", "a\"b", "back\\slash", "`reboot`", "$HOME", "/vz/root/$VEID",
                                  "trailing\"", "\\", "# no comment", " blanks "}) {
    ConfigEditor editor("");
    ASSERT_TRUE(editor.set("DESCRIPTION", value));
    EXPECT_EQ(parsed(editor.text()), "DESCRIPTION|" + value);
  }
}

TEST(ConfigFile, ALineBreakInAValueIsRefused) {
  ConfigEditor editor("");
  const auto set = editor.set("DESCRIPTION", "a\nONBOOT=yes");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), ExitCode::invalid_value);
  EXPECT_EQ(editor.text(), "");
}

TEST(ConfigFile, VeidStaysLiteral) {
  ConfigEditor editor("");
  ASSERT_TRUE(editor.set("VE_ROOT", "/vz/root/$VEID"));
  EXPECT_EQ(editor.text(), "VE_ROOT=\"/vz/root/$VEID\"\n");
}

TEST(ReadParameters, FirstScalarWinsLastLimitWinsListsAccumulate) {
  testing::internal::CaptureStderr();
  Parameters parameters;
  const auto others =
      read_parameters("f.conf",
                      "HOSTNAME=a\nHOSTNAME=b\nNUMPROC=1\nNUMPROC=2\nIP_ADDRESS=1.1.1.1\n"
                      "IP_ADDRESS=\"2.2.2.2 1.1.1.1/24\"\nONBOOT=Yes\nUNKNOWN=1\nNUMPROC=-5\n",
                      parameters);
  EXPECT_EQ(parameters.hostname, "a");
  EXPECT_EQ(ip_list_text(*parameters.ip), "1.1.1.1/24 2.2.2.2");
  EXPECT_EQ(parameters.numproc->limit, kUnlimited);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].key, "UNKNOWN");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "Warning at f.conf:2: duplicate for HOSTNAME (\"b\"), ignored\n"
            "Warning at f.conf:7: invalid value for ONBOOT (\"Yes\"), skipped\n"
            "Warning at f.conf:9: too large value for NUMPROC (\"-5\"), truncated\n");
}

TEST(SaveParameters, KeepsWhatItDoesNotKnowAndTheFilesMode) {
  const TestDirectory directory;
  directory.write("101.conf", "#UUID: x\nIP_ADDRESS=\"1.1.1.1\"\nMYKEY=1\n");
  ASSERT_EQ(chmod((directory / "101.conf").c_str(), 0600), 0);
  Parameters changes;
  changes.ip.emplace();
  changes.stop_timeout = 30;
  changes.cpulimit = 50;
  changes.name = "web1";
  testing::internal::CaptureStdout();
  ASSERT_TRUE(save_parameters(directory / "101.conf", changes));
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "CT configuration saved to " + (directory / "101.conf") + "\n");
  EXPECT_EQ(directory.read("101.conf"),
            "#UUID: x\nIP_ADDRESS=\"\"\nMYKEY=1\nCPULIMIT=\"50\"\nNAME=\"web1\"\nSTOP_TIMEOUT=\"30\"\n");
  struct stat status {};
  ASSERT_EQ(stat((directory / "101.conf").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(SaveParameters, NothingToSaveLeavesTheFileAlone) {
  const TestDirectory directory;
  testing::internal::CaptureStdout();
  ASSERT_TRUE(save_parameters(directory / "101.conf", Parameters()));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "No changes in CT configuration, not saving\n");
  EXPECT_FALSE(exists(directory / "101.conf"));
}

TEST(ParameterTable, EveryRowIsCompleteAndUnique) {
  for (const auto& row : parameter_table()) {
    EXPECT_TRUE(row.parse != nullptr && row.print != nullptr && row.take != nullptr && row.clear != nullptr &&
                row.equal != nullptr)
        << row.key;
    EXPECT_EQ(find_parameter(row.key), &row);
    for (const auto& option : row.options)
      EXPECT_EQ(find_parameter_by_option(option.name), &row) << option.name;
  }
}

TEST(ParameterTable, EveryValuePrintedIsReadBack) {
  const std::string text =
      "KMEMSIZE=1M:2M\nLOCKEDPAGES=1\nPRIVVMPAGES=5M:6M\nSHMPAGES=1:2\nNUMPROC=80:100\nPHYSPAGES=0:131072\n"
      "VMGUARPAGES=1:unlimited\nOOMGUARPAGES=unlimited\nNUMTCPSOCK=1\nNUMFLOCK=1:2\nNUMPTY=16:20\n"
      "NUMSIGINFO=1\nTCPSNDBUF=1:2\nTCPRCVBUF=3:4\nOTHERSOCKBUF=5\nDGRAMRCVBUF=6\nNUMOTHERSOCK=7\n"
      "NUMFILE=8\nDCACHE=9:10\nIPTENTRIES=11\nAVNUMPROC=12\nSWAPPAGES=0:unlimited\nVM_OVERCOMMIT=1.5\n"
      "IPTABLES=\"ipt_state iptable_nat\"\nNETFILTER=stateful\nCAPABILITY=\"NET_ADMIN:on\"\n"
      "IP_ADDRESS=1.1.1.1\nNETDEV=eth7\nHOSTNAME=h\nDESCRIPTION=d\nNAMESERVER=1.1.1.1\nSEARCHDOMAIN=a.b\n"
      "DEVICES=\"c:10:200:rw b:8:all:none \"\nDEVNODES=\"net/tun:rw "
      "\"\nPCI=00:1f.2\nVE_ROOT=/r\nVE_PRIVATE=/p\n"
      "MOUNT_OPTS=noatime,discard\nVE_LAYOUT=simfs\nOSTEMPLATE=t\nCPUUNITS=1000\nCPUUWEIGHT=7\nCPULIMIT=50\n"
      "CPUS=2\nCPUMASK=auto\nNODEMASK=0-3,7\nONBOOT=yes\nORIGIN_SAMPLE=basic\nDISABLED=no\nLOCAL_UID=0\n"
      "LOCAL_GID=5\nDISK_QUOTA=no\nDISKSPACE=1:2\nDISKINODES=3:4\nQUOTATIME=60\nQUOTAUGIDLIMIT=100\n"
      "MEMINFO=privvmpages:3\nNETIF=ifname=eth0\nNAME=n\nFEATURES=\"ppp:off nfs:on\"\nIOPRIO=3\n"
      "IOLIMIT=10485760\nIOPSLIMIT=500\nBOOTORDER=7\nSTOP_TIMEOUT=30\n"
      "RATE=\"eth0:1:1000 *:2:64\"\nRATEBOUND=yes\n";
  Parameters parameters;
  read_parameters("f", text, parameters);
  ConfigEditor editor("");
  for (const auto& row : parameter_table()) {
    const auto value = row.print(parameters);
    ASSERT_TRUE(value) << row.key << " is not in this test's file";
    ASSERT_TRUE(editor.set(row.key, *value));
  }
  Parameters again;
  read_parameters("f", editor.text(), again);
  for (const auto& row : parameter_table()) EXPECT_TRUE(row.equal(parameters, again)) << row.key;
}

TEST(ParameterTable, MergeReplacesWhatIsSet) {
  Parameters base;
  base.hostname = "a";
  base.onboot = true;
  Parameters over;
  over.onboot = false;
  const Parameters merged = merge(base, over);
  EXPECT_EQ(merged.hostname, "a");
  EXPECT_EQ(merged.onboot, false);
  EXPECT_FALSE(is_empty(merged));
  EXPECT_TRUE(is_empty(Parameters()));
}

}  // namespace
}  // namespace vz
