// Commands that have little to do for a container that does not run, or that has no image: words and exit
// codes.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

constexpr const char* kUuid = "01234567-89ab-cdef-0123-456789abcdef";

class Commands : public testing::Test {
 protected:
  void SetUp() override { host_.add_container("101", "DISK_QUOTA=\"no\"\n"); }
  Said run(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, "101");
    return host_.vzctl(words);
  }

  Host host_;
};

Said says(std::string out, int code = 0) {
  return {std::move(out), "", code};
}

Said complains(std::string err, int code) {
  return {"", std::move(err), code};
}

TEST_F(Commands, QuotaCommandsTellThatThereIsNoQuota) {
  const std::string text = "Disk quota is not enabled, skipping operation\n";
  EXPECT_EQ(run({"quotaon"}), says(text, 60));
  EXPECT_EQ(run({"quotaoff"}), says(text, 66));
  EXPECT_EQ(run({"quotainit"}), says(text, 61));
  EXPECT_EQ(run({"quotaon", "x"}), complains("Invalid options: x \n", 20));
  host_.add_container("101", "VE_LAYOUT=\"ploop\"\n");
  EXPECT_EQ(run({"quotaon"}), says("CT is on ploop, disk quota is obsoleted, skipping operation\n"));
}

TEST_F(Commands, SnapshotsNeedAnImage) {
  const std::string text = "Snapshot feature is only available for ploop-based CTs\n";
  EXPECT_EQ(run({"snapshot"}), complains(text, 156));
  EXPECT_EQ(run({"snapshot", "--id", kUuid, "--name", "n", "--description", "d", "--skip-suspend"}),
            complains(text, 156));
  EXPECT_EQ(run({"snapshot-delete", "--id", kUuid}), complains(text, 158));
  EXPECT_EQ(run({"snapshot-switch", "--uuid", std::string("{") + kUuid + "}"}), complains(text, 159));
  EXPECT_EQ(run({"snapshot-mount", "--id", kUuid, "--target", "/mnt"}), complains(text, 160));
  EXPECT_EQ(run({"snapshot-umount", "--id", kUuid}), complains(text, 161));
  EXPECT_EQ(run({"snapshot-list", "-H", "-o", "UUID,name"}), complains(text, 167));
}

TEST_F(Commands, SnapshotWordsAreCheckedFirst) {
  EXPECT_EQ(run({"snapshot", "--id", "x"}), complains("Bad parameter for --id: x\n", 21));
  EXPECT_EQ(run({"snapshot-delete"}), complains("Invalid syntax: snapshot id is missing\n", 20));
  EXPECT_EQ(run({"snapshot-mount", "--id", kUuid}),
            complains("Invalid syntax: mount target is missing\n", 20));
  EXPECT_EQ(run({"snapshot-switch", "--id", kUuid, "--skip-resume", "--must-resume"}),
            complains("Invalid syntax: --skip-resume and --must-resume exclude each other\n", 20));
  EXPECT_EQ(run({"snapshot-list", "-o", "size"}), complains("Unknown field: size\n", 21));
  EXPECT_EQ(run({"snapshot-list", "-L"}),
            says("uuid            UUID           \nparent_uuid     PARENT_UUID    \ncurrent         C        "
                 "      \n"
                 "date            DATE           \nname            NAME           \ndesc            DESC     "
                 "      \n"
                 "device          DEVICE         \ntarget          TARGET         \n"));
}

TEST_F(Commands, ConversionGoesToPloopOnly) {
  EXPECT_EQ(run({"convert", "--layout", "simfs"}), complains("Only conversion to ploop is supported\n", 21));
  EXPECT_EQ(run({"convert", "--velayout", "ext4"}), complains("Bad parameter for --velayout: ext4\n", 21));
  EXPECT_EQ(run({"convert"}), complains("Error: diskspace not set\n", 63));
  EXPECT_EQ(run({"compact"}), says("Compact only makes sense for ploop containers\n"));
  host_.add_container("101", "VE_LAYOUT=\"ploop\"\n");
  EXPECT_EQ(run({"convert"}), says("CT is already on ploop\n"));
}

TEST_F(Commands, UnsetGivesAParameterBackToTheDefault) {
  host_.add_container("101", "#x\nNUMPROC=\"5\"\nDCACHE=\"7\"\nNAME=\"n\"\nFOO=\"1\"\n");
  EXPECT_EQ(run({"unset", "--numproc", "--dcachesize"}),
            says("CT configuration saved to " + host_.conf("101.conf") + "\n"));
  EXPECT_EQ(host_.files().read("etc/vz/conf/101.conf"), "#x\nNAME=\"n\"\nFOO=\"1\"\n");
  EXPECT_EQ(run({"unset", "--ram"}), says("No changes in CT configuration, not saving\n"));
  EXPECT_EQ(run({"unset"}), complains("Invalid syntax: no parameter is named\n", 20));
  EXPECT_EQ(run({"unset", "--private"}), complains("vzctl: unrecognized option '--private'\n", 21));
}

TEST_F(Commands, AScriptMustBeThere) {
  EXPECT_EQ(run({"runscript"}), complains("Script not specified\n", 20));
  EXPECT_EQ(run({"runscript", "/no/such"}), complains("Script not found: /no/such\n", 11));
  EXPECT_EQ(run({"runscript", "/"}), complains("Script not found: /\n", 11));
  EXPECT_EQ(run({"runscript", "a", "b"}), complains("Invalid extra arguments: b \n", 20));
}

TEST_F(Commands, DisabledContainersDoNotStart) {
  host_.add_container("101", "DISABLED=\"yes\"\nVE_LAYOUT=\"simfs\"\n");
  EXPECT_EQ(run({"start"}), complains("Container start disabled\n", 105));
}

TEST_F(Commands, MemoryWithoutSwapDoesNotStart) {
  host_.add_container("101", "PHYSPAGES=\"0:1000\"\nVE_LAYOUT=\"simfs\"\n");
  EXPECT_EQ(run({"start"}), complains("Error: required UB parameter swappages not set\n", 28));
}

TEST_F(Commands, ACommandLineNamesItsDumpForSingleStages) {
  EXPECT_EQ(run({"chkpnt", "--dump"}), complains("Error: dumpfile is not specified\n", 20));
  EXPECT_EQ(run({"restore", "--undump"}), complains("Error: dumpfile is not specified\n", 20));
  EXPECT_EQ(run({"restore", "--undump", "--resume"}),
            complains("Invalid syntax: only one sub command may be used\n", 20));
  EXPECT_EQ(run({"chkpnt", "--flags", "0x1", "--context", "7"}),
            complains("Unable to setup checkpointing: container is not running\n", 31));
}

TEST_F(Commands, ANameIsTakenAwayByAnEmptyOne) {
  EXPECT_EQ(run({"set", "--name", "web", "--save"}).code, 0);
  EXPECT_EQ(run({"set", "--name", "", "--save"}),
            says("CT configuration saved to " + host_.conf("101.conf") + "\n"));
  EXPECT_THAT(host_.files().read("etc/vz/conf/101.conf"), testing::HasSubstr("NAME=\"\"\n"));
  EXPECT_EQ(host_.vzctl({"status", "web"}), complains("Bad CT ID web\n", 21));
}

TEST_F(Commands, ConsolesHaveNumbers) {
  EXPECT_EQ(run({"console", "1", "2"}), complains("Invalid syntax: too many parameters!\n", 20));
  for (const char* number : {"x", "-1", "2", ""})
    EXPECT_EQ(run({"console", number}), complains(std::string("Invalid tty number: ") + number + "\n", 21));
}

TEST_F(Commands, AliasesAreTheSameCommands) {
  for (const char* word : {"suspend", "chkpnt", "pause"}) {
    EXPECT_EQ(run({word}), complains("Unable to setup checkpointing: container is not running\n", 31))
        << word;
  }
  EXPECT_EQ(run({"delete", "x"}), run({"destroy", "x"}));
  EXPECT_EQ(run({"resume", "--kill"}), run({"restore", "--kill"}));
}

TEST_F(Commands, CreateAsksTheRepositoriesForAMissingTemplate) {
  host_.files().write("usr/sbin/vztmpl-dl", "#!/bin/sh\necho \"asked for $*\"\nexit 1\n");
  ASSERT_EQ(chmod((host_.files() / "usr/sbin/vztmpl-dl").c_str(), 0755), 0);
  const Said said = host_.vzctl({"create", "202", "--ostemplate", "debian-12-x86_64"});
  EXPECT_EQ(said.out, "asked for -- debian-12-x86_64\n");
  EXPECT_EQ(said.code, 91);
}

TEST_F(Commands, WithoutItsPlacesNothingIsDone) {
  const std::string vz_conf = host_.files().read("etc/vz/vz.conf");
  host_.files().write("etc/vz/vz.conf", "LOCKDIR=\"" + (host_.files() / "lock") + "\"\n");
  for (const char* word : {"start", "mount", "destroy"}) {
    host_.add_container("101", "VE_ROOT=\"/r\"\nVE_LAYOUT=\"simfs\"\n");
    EXPECT_EQ(run({word}), complains("VE_PRIVATE is not set\n", 23)) << word;
    host_.add_container("101", "VE_PRIVATE=\"" + host_.private_area("101") + "\"\nVE_LAYOUT=\"simfs\"\n");
    EXPECT_EQ(run({word}), complains("VE_ROOT is not set\n", 22)) << word;
  }
  EXPECT_TRUE(exists(host_.private_area("101")));
  host_.files().write("etc/vz/vz.conf", vz_conf);
  ASSERT_TRUE(remove_tree(host_.private_area("101")));
  host_.add_container("102", "VE_PRIVATE=\"/nowhere/101\"\nVE_LAYOUT=\"simfs\"\n");
  for (const char* word : {"start", "mount"}) {
    EXPECT_EQ(host_.vzctl({word, "102"}),
              complains("Container private area /nowhere/101 does not exist\n", 43))
        << word;
  }
}

TEST_F(Commands, ThoseWithoutOptionsTakeNoWords) {
  for (const char* word : {"destroy", "delete", "mount", "umount", "quotaoff", "quotainit", "compact"})
    EXPECT_EQ(run({word, "a", "b"}), complains("Invalid options: a b \n", 20)) << word;
  for (const char* word : {"restart", "stop", "suspend", "resume", "convert", "snapshot", "snapshot-list"})
    EXPECT_EQ(run({word, "a", "b"}), complains("Invalid extra arguments: a b \n", 20)) << word;
}

TEST_F(Commands, OptionsOfStartAndStopAreNotMixedUp) {
  for (const char* option : {"--fast", "--skip-umount"}) {
    EXPECT_EQ(run({"start", option}),
              complains(std::string("Option ") + option + " is not applicable to start command\n", 20));
  }
  for (const char* option : {"--wait", "--force", "--skip-fsck", "--skip-remount", "--skip_ve_setup"}) {
    EXPECT_EQ(run({"stop", option}),
              complains(std::string("Option ") + option + " is not applicable to stop command\n", 20));
  }
  EXPECT_EQ(run({"start", "-k"}), complains("vzctl: invalid option -- 'k'\n", 20));
  host_.add_container("101", "DISABLED=\"yes\"\nVE_LAYOUT=\"simfs\"\n");
  EXPECT_EQ(run({"restart", "--fast", "--skip-umount", "--wait", "--skip-fsck", "--skip-remount",
                 "--skip_ve_setup"}),
            (Said{"Restarting container\n", "Container start disabled\n", 105}));
  EXPECT_EQ(run({"stop", "--fast", "--skip-umount"}),
            complains("Unable to stop: container is not running\n", 0));
}

TEST_F(Commands, OptionsOfCheckpointsAreTaken) {
  EXPECT_EQ(run({"chkpnt", "--skip_arpdetect", "--flags", "0x1", "--context", "1f", "--dumpfile", "/x"}),
            complains("Unable to setup checkpointing: container is not running\n", 31));
  EXPECT_EQ(run({"restore", "--undump", "--kill"}),
            complains("Invalid syntax: only one sub command may be used\n", 20));
  const Said nothing = run({"restore", "--skip-remount", "--skip-fsck", "--skip_arpdetect"});
  EXPECT_EQ(nothing.out, "Restoring container ...\n");
  EXPECT_THAT(nothing.err, testing::EndsWith("\nContainer restore failed\n"));
  EXPECT_EQ(nothing.code, 17);
}

}  // namespace
}  // namespace vz
