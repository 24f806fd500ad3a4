#include "libvz/config/global_config.h"

#include <gmock/gmock.h>

#include "libvz/core/test_directory.h"

namespace vz {
namespace {

TEST(GlobalConfig, AMissingFileIsNamed) {
  const auto config = load_global_config("/nowhere");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ExitCode::no_config);
  EXPECT_EQ(config.error().text(), "Unable to open /nowhere/etc/vz/vz.conf: No such file or directory");
}

TEST(GlobalConfig, ReadsItsKeysAndDefaultsForContainers) {
  const TestDirectory directory;
  directory.write(
      "etc/vz/vz.conf",
      "LOCKDIR=/l\nLOG_LEVEL=3\nVE_ROOT=/r/$VEID\nVE_PRIVATE=/p/$VEID\nCRIU=/x/criu\nVIRTUOZZO=yes\n"
      "IPV6=no\nNAMESERVER=inherit # as the host\n");
  const auto config = load_global_config(directory.path());
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->paths.lock, "/l");
  EXPECT_EQ(config->paths.dump, directory / "vz/dump");
  EXPECT_EQ(config->paths.root, "/r/$VEID");
  EXPECT_EQ(config->criu, "/x/criu");
  EXPECT_FALSE(config->ipv6);
  // VERBOSE is not set.
  EXPECT_EQ(config->verbose, 3);
  EXPECT_EQ(config->defaults.nameserver->at(0), "inherit");
}

TEST(GlobalConfig, NeighbourDevicesAreDetectedAllOrNamed) {
  using Neighbours = GlobalConfig::Neighbours;
  const TestDirectory directory;
  const auto read = [&](const std::string& text) {
    directory.write("etc/vz/vz.conf", text);
    return load_global_config(directory.path());
  };
  EXPECT_EQ(read("")->neighbours, Neighbours::detect);
  EXPECT_EQ(read("NEIGHBOUR_DEVS=all\n")->neighbours, Neighbours::all);
  EXPECT_EQ(read("NEIGHBOUR_DEVS=\"\"\n")->neighbours, Neighbours::all);
  EXPECT_EQ(read("NEIGHBOUR_DEVS=detect\n")->neighbours, Neighbours::detect);
  const auto named = read("NEIGHBOUR_DEVS=\"list:eth0 eth1\"\n");
  EXPECT_EQ(named->neighbours, Neighbours::list);
  EXPECT_THAT(named->neighbour_devices, testing::ElementsAre("eth0", "eth1"));
  testing::internal::CaptureStderr();
  EXPECT_EQ(read("NEIGHBOUR_DEVS=\"list:\"\n")->neighbours, Neighbours::detect);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("invalid value for NEIGHBOUR_DEVS"));
}

TEST(GlobalConfig, LoggingCanBeSwitchedOff) {
  const TestDirectory directory;
  directory.write("etc/vz/vz.conf", "LOGGING=no\nLOGFILE=/var/log/vzctl.log\n");
  EXPECT_EQ(load_global_config(directory.path())->log_file, "");
  directory.write("etc/vz/vz.conf", "LOGGING=yes\nLOGFILE=/var/log/vzctl.log\n");
  EXPECT_EQ(load_global_config(directory.path())->log_file, "/var/log/vzctl.log");
}

TEST(GlobalConfig, LockdirHasNoDefault) {
  const TestDirectory directory;
  directory.write("etc/vz/vz.conf", "VERBOSE=1\nLOG_LEVEL=5\n");
  const auto config = load_global_config(directory.path());
  ASSERT_TRUE(config);
  EXPECT_EQ(config->paths.lock, "");
  EXPECT_EQ(config->verbose, 1);
}

TEST(GlobalConfig, SaysWhatIsWrongInTheFile) {
  const TestDirectory directory;
  directory.write("etc/vz/vz.conf", "NETFILTER=full\nVERBOSE=x\nVETH=a\nrubbish\n");
  const std::string file = directory / "etc/vz/vz.conf";
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  ASSERT_TRUE(load_global_config(directory.path()));
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "Warning: NETFILTER should not be set in " + file + ", ignoring\n" +
                "Please remove NETFILTER from " + file + "to get rid of this warning\n" +
                "Warning: VETH parameter is deprecated, remove it and use --netif_add instead\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "Warning: can't parse " + file + ":4 ('=' not found), skipping\n" + "Warning at " + file +
                ":2: invalid value for VERBOSE (\"x\"), skipped\n");
}

TEST(ContainerConfig, OverridesTheDefaultsParameterByParameter) {
  const TestDirectory directory;
  directory.write(
      "etc/vz/vz.conf",
      "VE_ROOT=/r/$VEID\nVE_PRIVATE=/p/${VEID}/\nVE_LAYOUT=ploop\nIP_ADDRESS=9.9.9.9\nONBOOT=yes\n");
  directory.write("etc/vz/conf/101.conf", "ONBOOT=no\nVE_ROOT=/x\n");
  const auto global = load_global_config(directory.path());
  ASSERT_TRUE(global);
  const auto config = load_container_config(*global, 101);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->root, "/x");
  EXPECT_EQ(config->private_area, "/p/101");
  EXPECT_EQ(config->merged.onboot, false);
  EXPECT_FALSE(config->merged.layout);
  EXPECT_EQ(ip_list_text(*config->merged.ip), "9.9.9.9");
  EXPECT_FALSE(config->own.ip);
  EXPECT_EQ(config->uid_base(), 100000U);
}

TEST(ContainerConfig, AMissingFileHasItsOwnExitCode) {
  const TestDirectory directory;
  directory.write("etc/vz/vz.conf", "");
  const auto config = load_container_config(*load_global_config(directory.path()), 101);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ExitCode::no_container_config);
  EXPECT_EQ(config.error().text(), "Container config file does not exist");
}

}  // namespace
}  // namespace vz
