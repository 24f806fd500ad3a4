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

}  // namespace
}  // namespace vz
