// vzctl create, mount, umount and destroy word for word. They need root: owners are set and file systems
// mounted.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libvz/core/process.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

class Area : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    const std::string vz_conf = host_.files().read("etc/vz/vz.conf");
    host_.files().write("etc/vz/vz.conf", vz_conf + "LOCAL_UID=\"0\"\nCONFIGFILE=\"small\"\n");
    host_.files().write("etc/vz/conf/ve-small.conf-sample", "# small\nNUMPROC=\"100\"\n");
    host_.files().write("etc/vz/dists/tiny.conf", "");
    host_.files().write("tree/etc/os-release", "ID=tiny\n");
    ASSERT_TRUE(make_directories(host_.files() / "vz/template/cache"));
    Command tar;
    tar.argv = {"tar", "-C", host_.files() / "tree", "-cf", host_.files() / "vz/template/cache/tiny.tar",
                "."};
    ASSERT_TRUE(run_checked(tar, ExitCode::system));
  }
  void TearDown() override {
    if (geteuid() == 0) (void)host_.vzctl({"--quiet", "umount", "202"});
  }

  Said create() const { return host_.vzctl({"create", "202", "--ostemplate", "tiny", "--name", "n202"}); }

  Host host_;
};

TEST_F(Area, IsCreatedFromATemplate) {
  EXPECT_EQ(create(), (Said{"Name n202 assigned\n"
                            "Creating container private area (tiny)\n"
                            "Performing postcreate actions\n"
                            "CT configuration saved to " +
                                host_.conf("202.conf") + "\nContainer private area was created\n",
                            "", 0}));
  EXPECT_EQ(host_.files().read("vz/private/202/etc/os-release"), "ID=tiny\n");
  EXPECT_FALSE(exists(host_.private_area("202.tmp")));
  EXPECT_EQ(host_.files().read("etc/vz/conf/202.conf"),
            "# small\nNUMPROC=\"100\"\nVE_ROOT=\"" + host_.root("$VEID") + "\"\nVE_PRIVATE=\"" +
                host_.private_area("$VEID") +
                "\"\nVE_LAYOUT=\"simfs\"\nOSTEMPLATE=\"tiny\"\nORIGIN_SAMPLE=\"small\"\nLOCAL_UID=\"0\"\n"
                "LOCAL_GID=\"0\"\nNAME=\"n202\"\n");
}

TEST_F(Area, AFailingCreateScriptLeavesNothing) {
  host_.files().write("etc/vz/conf/vps.create", "#!/bin/sh\nexit 1\n");
  ASSERT_EQ(chmod(host_.conf("vps.create").c_str(), 0755), 0);
  const Said said = create();
  EXPECT_EQ(said.code, 79);
  EXPECT_EQ(said.err, "User create script " + host_.conf("vps.create") +
                          " exited with error\nCreation of container private area failed\n");
  EXPECT_FALSE(exists(host_.conf("202.conf")));
  EXPECT_FALSE(exists(host_.private_area("202")));
  EXPECT_THAT(*list_directory(host_.files() / "etc/vz/names"), testing::IsEmpty());
}

TEST_F(Area, IsMountedAndUnmountedOnce) {
  ASSERT_EQ(create().code, 0);
  EXPECT_EQ(host_.vzctl({"mount", "202"}), (Said{"Container is mounted\n", "", 0}));
  EXPECT_EQ(host_.vzctl({"mount", "202"}), (Said{"", "Container is already mounted\n", 0}));
  EXPECT_EQ(host_.vzctl({"status", "202"}), (Said{"CTID 202 exist mounted down\n", "", 0}));
  EXPECT_EQ(host_.vzlist({"-H", "-ostatus", "202"}), (Said{"mounted\n", "", 0}));
  EXPECT_EQ(host_.vzctl({"destroy", "202"}),
            (Said{"Container is currently mounted (umount first)\n", "", 41}));
  EXPECT_EQ(host_.vzctl({"umount", "202"}), (Said{"Container is unmounted\n", "", 0}));
  EXPECT_EQ(host_.vzctl({"umount", "202"}), (Said{"", "CT is not mounted\n", 40}));
}

TEST_F(Area, ADestroyedContainerIsGoneButForItsFiles) {
  ASSERT_EQ(create().code, 0);
  host_.files().write("etc/vz/conf/202.mount", "");
  host_.files().write("vz/dump/Dump.202/x", "");
  EXPECT_EQ(host_.vzctl({"destroy", "n202"}),
            (Said{"Destroying container private area: " + host_.private_area("202") +
                      "\nContainer private area was destroyed\n",
                  "", 0}));
  EXPECT_FALSE(exists(host_.private_area("202")));
  EXPECT_FALSE(exists(host_.files() / "vz/dump/Dump.202"));
  EXPECT_TRUE(exists(host_.conf("202.conf.destroyed")));
  EXPECT_TRUE(exists(host_.conf("202.mount.destroyed")));
  EXPECT_THAT(*list_directory(host_.files() / "etc/vz/names"), testing::IsEmpty());
  EXPECT_EQ(host_.vzctl({"status", "202"}).out, "CTID 202 deleted unmounted down\n");
  // The files of the earlier life go when a new one begins.
  ASSERT_EQ(create().code, 0);
  EXPECT_FALSE(exists(host_.conf("202.mount.destroyed")));
}

TEST_F(Area, SaysWhichTemplatesItLooksFor) {
  const Said said = host_.vzctl({"--verbose", "create", "202", "--ostemplate", "tiny"});
  EXPECT_THAT(said.out,
              testing::HasSubstr("Looking for " + (host_.files() / "vz/template/cache/tiny.tar") + "\n"));
}

TEST_F(Area, OptionsOfCreateAreStored) {
  const Said said = host_.vzctl({"create",        "202",
                                 "--ostemplate",  "./tiny",
                                 "--private",     host_.files() / "p/$VEID",
                                 "--root",        host_.files() / "r/${VEID}",
                                 "--ipadd",       "1.1.1.1 1.1.1.2",
                                 "--ipadd",       "2001:DB8::1/64",
                                 "--hostname",    "h",
                                 "--description", "a text",
                                 "--layout",      "simfs",
                                 "--diskspace",   "1M:2M",
                                 "--diskinodes",  "10:20"});
  EXPECT_EQ(said.code, 0) << said;
  EXPECT_EQ(host_.files().read("p/202/etc/os-release"), "ID=tiny\n");
  const std::string text = host_.files().read("etc/vz/conf/202.conf");
  for (const char* line : {"IP_ADDRESS=\"1.1.1.1 1.1.1.2 2001:db8::1/64\"\n", "HOSTNAME=\"h\"\n",
                           "DESCRIPTION=\"a text\"\n", "OSTEMPLATE=\"tiny\"\n", "DISKSPACE=\"1024:2048\"\n",
                           "DISKINODES=\"10:20\"\n", "VE_LAYOUT=\"simfs\"\n", "ORIGIN_SAMPLE=\"small\"\n"}) {
    EXPECT_THAT(text, testing::HasSubstr(line));
  }
  EXPECT_THAT(text, testing::HasSubstr("VE_PRIVATE=\"" + (host_.files() / "p/$VEID") + "\"\n"));
  EXPECT_THAT(text, testing::HasSubstr("VE_ROOT=\"" + (host_.files() / "r/${VEID}") + "\"\n"));
}

TEST_F(Area, WhatAnEarlierCreateLeftIsRemoved) {
  host_.files().write("vz/private/202.tmp/left", "");
  const Said said = create();
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "Warning: Temp dir " + host_.private_area("202.tmp") + " already exists, deleting\n");
  EXPECT_FALSE(exists(host_.private_area("202/left")));
}

TEST_F(Area, AnEmptyPrivateAreaIsNoHindrance) {
  ASSERT_TRUE(make_directories(host_.private_area("202")));
  EXPECT_EQ(create().code, 0);
}

TEST_F(Area, ATemplateThatIsTooLargeIsNotUnpacked) {
  const std::string archive = host_.files() / "vz/template/cache/tiny.tar";
  ASSERT_EQ(truncate(archive.c_str(), off_t{1} << 43), 0);
  const Said said = create();
  EXPECT_EQ(said.code, 46);
  EXPECT_THAT(said.err, testing::MatchesRegex("vps-create ERROR: Insufficient disk space in " +
                                              host_.private_area("202.tmp") +
                                              "; available: [0-9]+, needed: 8589934592\n"
                                              "Creation of container private area failed\n"));
  EXPECT_FALSE(exists(host_.private_area("202")));
  EXPECT_FALSE(exists(host_.conf("202.conf")));
}

TEST_F(Area, ADamagedTemplateLeavesNothing) {
  host_.files().write("vz/template/cache/tiny.tar", std::string(2048, 'x'));
  const Said said = create();
  EXPECT_EQ(said.code, 48);
  EXPECT_THAT(said.err, testing::StartsWith("vps-create ERROR: Unpack " +
                                            (host_.files() / "vz/template/cache/tiny.tar") + " failed: "));
  EXPECT_THAT(said.err, testing::EndsWith("\nCreation of container private area failed\n"));
  EXPECT_FALSE(exists(host_.private_area("202")));
  EXPECT_FALSE(exists(host_.private_area("202.tmp")));
  EXPECT_FALSE(exists(host_.conf("202.conf")));
  EXPECT_THAT(*list_directory(host_.files() / "etc/vz/names"), testing::IsEmpty());
}

TEST_F(Area, APlaceThatCannotBeMadeIsNamed) {
  ASSERT_EQ(create().code, 0);
  host_.files().write("vz/root", "a file");
  EXPECT_EQ(host_.vzctl({"mount", "202"}),
            (Said{"", "Can't create mount point " + host_.root("202") + ": Not a directory\n", 49}));
}

TEST_F(Area, APrivateAreaThatIsAFileIsNotMounted) {
  ASSERT_EQ(create().code, 0);
  ASSERT_TRUE(remove_tree(host_.private_area("202")));
  host_.files().write("vz/private/202", "");
  const Said said = host_.vzctl({"mount", "202"});
  EXPECT_EQ(said.code, 50);
  EXPECT_THAT(said.err, testing::StartsWith("Can't mount: " + host_.root("202") + " " +
                                            host_.private_area("202") + ": "));
}

TEST_F(Area, TheScriptOfCreateSeesTheFinishedContainer) {
  const std::string noted = host_.files() / "noted";
  host_.files().write("etc/vz/conf/vps.create", "#!/bin/sh\ncat \"$VE_CONFFILE\" >" + noted +
                                                    "\nenv | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | sort >" +
                                                    noted + ".env\n");
  ASSERT_EQ(chmod(host_.conf("vps.create").c_str(), 0755), 0);
  ASSERT_EQ(create().code, 0);
  EXPECT_EQ(host_.files().read("noted"), host_.files().read("etc/vz/conf/202.conf"));
  EXPECT_EQ(host_.files().read("noted.env"),
            "HOME=/\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nTERM=linux\n"
            "VEID=202\nVE_CONFFILE=" +
                host_.conf("202.conf") + "\n");
}

TEST_F(Area, OfASymbolicLinkOnlyTheLinkIsDestroyed) {
  ASSERT_EQ(create().code, 0);
  const std::string real = host_.files() / "real";
  ASSERT_EQ(rename(host_.private_area("202").c_str(), real.c_str()), 0);
  ASSERT_EQ(symlink(real.c_str(), host_.private_area("202").c_str()), 0);
  host_.files().write("vz/root/202/file", "");
  host_.files().write("etc/vz/conf/202.conf.destroyed", "of an earlier one");
  const Said said = host_.vzctl({"destroy", "202"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.err, testing::StartsWith("Warning: container private area " + host_.private_area("202") +
                                            " is a symlink to " + real + "."));
  EXPECT_THAT(said.err, testing::EndsWith("Warning: failed to remove " + host_.root("202") +
                                          ": Directory not empty\n"));
  EXPECT_EQ(host_.files().read("real/etc/os-release"), "ID=tiny\n");
  EXPECT_FALSE(exists(host_.private_area("202")));
  EXPECT_THAT(host_.files().read("etc/vz/conf/202.conf.destroyed"), testing::StartsWith("# small\n"));
}

TEST_F(Area, ScriptsOfItsDistributionThatAreMissingAreNamed) {
  host_.files().write("etc/vz/dists/tiny.conf", "POST_CREATE=nosuch.sh\nSET_DNS=no.sh\n");
  const Said said = create();
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.err, "Action script " + (host_.files() / "etc/vz/dists/scripts/nosuch.sh") +
                          " not found\nAction script " + (host_.files() / "etc/vz/dists/scripts/no.sh") +
                          " not found\n");
}

}  // namespace
}  // namespace vz
