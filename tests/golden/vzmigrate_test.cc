// The exact words of vzmigrate up to the point where it would connect. Source: vzmigrate of vzctl 4.x,
// observed.

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Vzmigrate : public testing::Test {
 protected:
  Said run(const std::vector<std::string>& words) const { return host_.vzmigrate(words); }
  Host host_;
};

constexpr const char* kPointer = "See vzmigrate --help, or the man page vzmigrate(8).\n";

TEST_F(Vzmigrate, WithoutWordsItSaysHowToCallIt) {
  const Said said = run({});
  EXPECT_THAT(said.out, StartsWith("vzmigrate version " VZ_VERSION "\n"));
  EXPECT_THAT(said.out, HasSubstr("\nUsage: vzmigrate [options] [user@]HOST CTID|NAME"));
  EXPECT_EQ(said.err, "");
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(run({"--help"}), said);
  EXPECT_EQ(run({"-h", "a"}), said);
  EXPECT_EQ(run({"--usage"}), said);
}

TEST_F(Vzmigrate, WrongUsageIsToldOnStdout) {
  EXPECT_EQ(run({"a"}), (Said{std::string("Invalid usage: not enough parameters\n\n") + kPointer, "", 1}));
  EXPECT_EQ(run({"-r", "maybe", "a", "101"}),
            (Said{std::string("Invalid usage: bad argument for -r: maybe\n\n") + kPointer, "", 1}));
  EXPECT_EQ(run({"--nodeps=ram", "a", "101"}),
            (Said{std::string("Invalid usage: unknown --nodeps argument: ram\n\n") + kPointer, "", 1}));
  EXPECT_EQ(run({"--bogus", "a", "101"}), (Said{kPointer, "vzmigrate: unrecognized option '--bogus'\n", 1}));
}

TEST_F(Vzmigrate, AnUnknownContainerIsLockedBeforeItIsLookedAt) {
  EXPECT_EQ(run({"localhost", "555"}), (Said{"Locked CT 555\n", "Error: CT #555 doesn't exist\n", 10}));
  EXPECT_THAT(*list_directory(host_.files() / "lock"), testing::IsEmpty());
  const Said unknown_name = run({"localhost", "web1"});
  EXPECT_EQ(unknown_name.code, 10);
  EXPECT_THAT(unknown_name.err, HasSubstr("web1 doesn't exist\n"));
}

TEST_F(Vzmigrate, AConfigurationWithoutAPrivateAreaIsNoContainer) {
  host_.files().write("etc/vz/conf/101.conf", "");
  EXPECT_EQ(run({"localhost", "101"}), (Said{"Locked CT 101\n", "Error: CT #101 doesn't exist\n", 10}));
}

TEST_F(Vzmigrate, ALockedContainerStaysWhereItIs) {
  host_.add_container("101");
  host_.files().write("lock/101.lck", std::to_string(getpid()) + "\n\n");
  const Said said = run({"localhost", "101"});
  EXPECT_EQ(said.code, 20);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr(std::to_string(getpid())));
  EXPECT_EQ(host_.files().read("lock/101.lck"), std::to_string(getpid()) + "\n\n");
}

TEST_F(Vzmigrate, WithoutVzConfThereAreNoContainers) {
  ASSERT_EQ(unlink((host_.files() / "etc/vz/vz.conf").c_str()), 0);
  EXPECT_EQ(run({"localhost", "101"}), (Said{"",
                                             "Error: Unable to open " + (host_.files() / "etc/vz/vz.conf") +
                                                 ": No such file or directory\n",
                                             10}));
}

TEST_F(Vzmigrate, AHostThatCannotBeReachedChangesNothing) {
  host_.add_container("101", "HOSTNAME=\"x\"\n");
  const Said said = run({"--ssh=-p 1", "127.0.0.1", "101"});
  EXPECT_EQ(said.code, 4);
  EXPECT_EQ(said.out, "Locked CT 101\nStarting migration of CT 101 to 127.0.0.1\n");
  EXPECT_THAT(said.err, StartsWith("Error: Can't connect to 127.0.0.1: "));
  EXPECT_THAT(*list_directory(host_.files() / "lock"), testing::IsEmpty());
  EXPECT_THAT(*list_directory(host_.files() / "etc/vz/conf"), testing::ElementsAre("101.conf"));
}

}  // namespace
}  // namespace vz
