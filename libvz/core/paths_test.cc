#include "libvz/core/paths.h"

#include <gtest/gtest.h>

namespace vz {
namespace {

TEST(Paths, PutsThePrefixInFrontOfEverything) {
  const Paths paths("/tmp/x");
  EXPECT_EQ(paths.global_config(), "/tmp/x/etc/vz/vz.conf");
  EXPECT_EQ(paths.container_config(101), "/tmp/x/etc/vz/conf/101.conf");
  EXPECT_EQ(paths.sample_config("basic"), "/tmp/x/etc/vz/conf/ve-basic.conf-sample");
  EXPECT_EQ(paths.default_dump(101), "/tmp/x/vz/dump/Dump.101");
  EXPECT_EQ(paths.template_cache(), "/tmp/x/vz/template/cache");
  EXPECT_EQ(paths.run_of(101), "/tmp/x/run/vz/101");
}

TEST(ExpandVeid, ReplacesTheFirstOfEitherSpelling) {
  EXPECT_EQ(expand_veid("/vz/root/$VEID", 101), "/vz/root/101");
  EXPECT_EQ(expand_veid("/vz/${VEID}/fs", 101), "/vz/101/fs");
  EXPECT_EQ(expand_veid("/vz/$VEID/$VEID", 101), "/vz/101/$VEID");
  EXPECT_EQ(expand_veid("/vz/$VEID/${VEID}", 101), "/vz/101/${VEID}");
  EXPECT_EQ(expand_veid("/vz/${VEID}/$VEID", 101), "/vz/101/$VEID");
  EXPECT_EQ(expand_veid("/vz/fixed", 101), "/vz/fixed");
}

TEST(ExpandVeid, StripsSlashesAtTheEndButNotTheRoot) {
  EXPECT_EQ(expand_veid("/vz/$VEID//", 1), "/vz/1");
  EXPECT_EQ(expand_veid("/", 1), "/");
  EXPECT_EQ(expand_veid("", 1), "");
}

}  // namespace
}  // namespace vz
