// The exact words, streams and exit codes of vzctl where no container runs. Source: vzctl 4.x, observed, and
// what programs that call vzctl look for.

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/process.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Vzctl : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzctl(words); }
  // With the container 101 having been given a configuration.
  Host host_;
};

Said says(std::string out, int code = 0) {
  return {std::move(out), "", code};
}
Said complains(std::string err, int code) {
  return {"", std::move(err), code};
}

TEST_F(Vzctl, HelpBeginsWithTheVersion) {
  const Said said = run({"--help"});
  EXPECT_THAT(said.out, StartsWith("vzctl version 5.0.0\n"));
  EXPECT_THAT(said.out, HasSubstr("\nUsage: vzctl [options] <command> <ctid> [parameters]\n"));
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "");
}

TEST_F(Vzctl, VersionIsOneLine) {
  EXPECT_EQ(run({"--version"}), says("vzctl version 5.0.0\n"));
}

TEST_F(Vzctl, WithoutACommandTheUsageGoesToStderr) {
  const Said said = run({});
  EXPECT_EQ(said.out, "");
  EXPECT_EQ(said.code, 20);
  EXPECT_THAT(said.err, testing::ContainsRegex("vzctl set .*--force"));
  EXPECT_THAT(said.err, Not(HasSubstr("--reset_ub")));
}

TEST_F(Vzctl, AnyCommandHasHelp) {
  const Said said = run({"set", "--help"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("--hostname NAME"));
  EXPECT_THAT(run({"start", "101", "--help"}).out, HasSubstr("--wait"));
  EXPECT_THAT(run({"start", "--help"}).out, Not(HasSubstr("--fast")));
}

TEST_F(Vzctl, TheCommandLineIsCheckedInOrder) {
  EXPECT_EQ(run({"bogus", "101"}), complains("Bad command: bogus\n", 20));
  EXPECT_EQ(run({"--foo"}), complains("Bad command: --foo\n", 20));
  EXPECT_EQ(run({"start"}), complains("CT ID missing\n", 21));
  EXPECT_EQ(run({"--quiet", "start"}), complains("CT ID missing\n", 21));
  EXPECT_EQ(run({"start", "abc"}), complains("Bad CT ID abc\n", 21));
  EXPECT_EQ(run({"start", "-1"}), complains("Bad CT ID -1\n", 21));
  EXPECT_EQ(run({"start", "2147483645"}), complains("Bad CT ID 2147483645\n", 21));
  EXPECT_EQ(run({"start", "0"}), complains("Only set actions are allowed for CT0\n", 21));
  EXPECT_EQ(run({"start", "101"}), complains("Container config file does not exist\n", 14));
  EXPECT_EQ(run({"--quiet", "start", "101"}), complains("", 14));
  // The syntax comes before the container.
  EXPECT_EQ(run({"start", "0", "extra"}), complains("Invalid extra arguments: extra \n", 20));
}

TEST_F(Vzctl, AMissingGlobalConfigurationIsNamed) {
  ASSERT_EQ(unlink((host_.files() / "etc/vz/vz.conf").c_str()), 0);
  EXPECT_EQ(run({"start", "101"}), complains("Unable to open " + (host_.files() / "etc/vz/vz.conf") +
                                                 ": No such file or directory\n",
                                             10));
}

TEST_F(Vzctl, WordsThatMakeNoSenseAreNamed) {
  EXPECT_EQ(run({"status", "101", "x"}), complains("Invalid options: x \n", 20));
  EXPECT_EQ(run({"start", "101", "extra"}), complains("Invalid extra arguments: extra \n", 20));
  EXPECT_EQ(run({"stop", "101", "--wait"}),
            complains("Option --wait is not applicable to stop command\n", 20));
  EXPECT_EQ(run({"start", "101", "--fast"}),
            complains("Option --fast is not applicable to start command\n", 20));
  EXPECT_EQ(run({"start", "101", "--verbose"}), complains("vzctl: unrecognized option '--verbose'\n", 20));
  EXPECT_EQ(run({"set", "101", "--bogus"}), complains("vzctl: unrecognized option '--bogus'\n", 21));
  EXPECT_EQ(run({"set", "101", "-z", "5"}), complains("vzctl: invalid option -- 'z'\n", 21));
  EXPECT_EQ(run({"set", "101", "-h", "--save", "--force"}), complains("Invalid option -h\n", 20));
  EXPECT_EQ(run({"create", "101", "-k", "5"}), complains("Invalid option -k\n", 20));
  EXPECT_EQ(run({"exec", "101"}), complains("No command line given for exec\n", 20));
  EXPECT_EQ(run({"enter", "101", "--foo"}), complains("Invalid option '--foo'\n", 20));
  EXPECT_EQ(run({"enter", "101", "--exec"}), complains("No command line given for --exec\n", 20));
  EXPECT_EQ(run({"chkpnt", "101", "--dump", "--kill"}),
            complains("Invalid syntax: only one sub command may be used\n", 20));
}

TEST_F(Vzctl, StatusOfNothing) {
  EXPECT_EQ(run({"status", "101"}),
            (Said{"CTID 101 deleted unmounted down\n",
                  "stat(" + host_.root("101") + "): No such file or directory\n", 0}));
  EXPECT_EQ(run({"--verbose", "--quiet", "status", "101"}), says("CTID 101 deleted unmounted down\n"));
}

TEST_F(Vzctl, StatusOfWhatIsThere) {
  host_.add_container("101");
  ASSERT_TRUE(make_directories(host_.root("101")));
  EXPECT_EQ(run({"status", "101"}), says("CTID 101 exist unmounted down\n"));
  host_.files().write("vz/dump/Dump.101/x", "");
  EXPECT_EQ(run({"status", "101"}), says("CTID 101 exist unmounted down suspended\n"));
}

TEST_F(Vzctl, ANameLeadsToItsContainerOnly) {
  host_.add_container("101");
  ASSERT_TRUE(make_directories(host_.root("101")));
  EXPECT_EQ(run({"set", "101", "--name", "web", "--save"}),
            says("Name web assigned\nCT configuration saved to " + host_.conf("101.conf") + "\n"));
  EXPECT_EQ(run({"status", "web"}), says("CTID 101 exist unmounted down\n"));
  host_.files().write("etc/vz/conf/101.conf", "NAME=\"other\"\n");
  EXPECT_EQ(run({"status", "web"}), complains("Unable to find container by name web\n", 21));
  host_.add_container("102");
  EXPECT_EQ(run({"set", "102", "--name", "web", "--save"}),
            complains("Conflict: name web already used by container 101\n", 131));
}

TEST_F(Vzctl, AStoppedContainerCannotBeEntered) {
  host_.add_container("101");
  EXPECT_EQ(run({"stop", "101"}), complains("Unable to stop: container is not running\n", 0));
  EXPECT_EQ(run({"exec", "101", "ls"}), complains("Container is not running\n", 8));
  EXPECT_EQ(run({"exec2", "101", "ls"}), complains("Container is not running\n", 31));
  EXPECT_EQ(run({"enter", "101"}), complains("Container is not running\n", 31));
  EXPECT_EQ(run({"suspend", "101"}),
            complains("Unable to setup checkpointing: container is not running\n", 31));
}

TEST_F(Vzctl, ALockedContainerIsLeftAlone) {
  host_.add_container("101");
  const std::string lock = "lock/101.lck";
  host_.files().write(lock, std::to_string(getpid()) + "\n\n");
  const Said said = run({"stop", "101"});
  EXPECT_EQ(said.code, 9);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, StartsWith("Locked by: pid " + std::to_string(getpid()) + ", cmdline "));
  EXPECT_THAT(said.err, testing::EndsWith("\nContainer already locked\n"));
  // These do not take the lock.
  EXPECT_EQ(run({"exec2", "101", "ls"}).code, 31);
  EXPECT_EQ(run({"--skiplock", "stop", "101"}).code, 0);
  EXPECT_EQ(host_.files().read(lock), std::to_string(getpid()) + "\n\n");
}

TEST_F(Vzctl, AStaleLockIsRemoved) {
  host_.add_container("101");
  auto dead = fork_child([] { return 0; });
  ASSERT_TRUE(dead);
  const std::string pid = std::to_string(dead->pid());
  ASSERT_TRUE(dead->wait());
  host_.files().write("lock/101.lck", pid + "\n\n");
  const Said said = run({"stop", "101"});
  EXPECT_EQ(said.out, "Removing stale lock file " + (host_.files() / "lock/101.lck") + "\n");
  EXPECT_EQ(said.code, 0);
  EXPECT_FALSE(exists(host_.files() / "lock/101.lck"));
}

TEST_F(Vzctl, WithoutALockDirectoryNothingIsDone) {
  host_.files().write("etc/vz/vz.conf", "");
  host_.add_container("101");
  EXPECT_EQ(run({"stop", "101"}), complains("lockdir is not set\nUnable to lock container\n", 3));
}

TEST_F(Vzctl, CreateNeedsItsSample) {
  EXPECT_EQ(
      run({"create", "101", "--config", "nope"}),
      complains("Sample config " + host_.conf("ve-nope.conf-sample") +
                    " not found: No such file or directory\nCreation of container private area failed\n",
                82));
  EXPECT_FALSE(exists(host_.conf("101.conf")));
}

TEST_F(Vzctl, CreateDoesNotTouchAContainerThatIsThere) {
  const std::string vz_conf = host_.files().read("etc/vz/vz.conf");
  host_.files().write("etc/vz/vz.conf", vz_conf + "CONFIGFILE=\"basic\"\n");
  host_.add_container("101", "ONBOOT=\"no\"\n");
  host_.files().write("vz/private/101/etc/passwd", "");
  EXPECT_EQ(run({"create", "101"}),
            (Said{"Warning: CT config file already exists, not applying a default config sample.\n"
                  "It might lead to incomplete CT configuration, you can use --applyconfig to fix.\n",
                  "Private area already exists in " + host_.private_area("101") +
                      "\nCreation of container private area failed\n",
                  44}));
  EXPECT_EQ(host_.files().read("etc/vz/conf/101.conf"), "ONBOOT=\"no\"\n");
  EXPECT_EQ(
      run({"create", "101", "--config", "basic"}),
      complains(
          "Error: container config file " + host_.conf("101.conf") +
              " already exists, can not use --config option\nCreation of container private area failed\n",
          82));
}

TEST_F(Vzctl, CreateNeedsATemplate) {
  EXPECT_EQ(run({"create", "101"}),
            complains("OS template is not specified\nCreation of container private area failed\n", 29));
  const Said said = run({"create", "101", "--ostemplate", "nope"});
  EXPECT_THAT(said.err,
              StartsWith("Cached OS template " + (host_.files() / "vz/template/cache/nope") + ".tar"));
  EXPECT_THAT(said.err, HasSubstr(" not found\nCreation of container private area failed\n"));
  EXPECT_EQ(said.code, 91);
  EXPECT_FALSE(exists(host_.conf("101.conf")));
  EXPECT_FALSE(exists(host_.private_area("101")));
}

}  // namespace
}  // namespace vz
