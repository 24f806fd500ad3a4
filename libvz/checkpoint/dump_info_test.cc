#include "libvz/checkpoint/dump_info.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "libvz/core/file.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DumpInfoTest : public ::testing::Test {
 protected:
  Result<DumpInfo> read(const std::string& text) {
    directory_.write(kDumpInfoFile, text);
    return read_dump_info(directory_.path());
  }
  TestDirectory directory_;
};

const std::string kPlain =
    "FORMAT=1\nCTID=101\nUID_BASE=100000\nGID_BASE=100000\nENGINE=4.2.1\nKERNEL=6.18\n";

TEST_F(DumpInfoTest, ComesBackAsItWasWritten) {
  DumpInfo info;
  info.ctid = 101;
  info.uid_base = 100000;
  info.gid_base = 200000;
  info.engine = "4.2.1";
  info.kernel = "6.18.0";
  info.cgroups = {{"init.scope", 100000, 200000}, {"system.slice/a = b \\x20.service", 100001, 200001}};
  info.veth_ifnames = {"venet0", "eth0"};
  ASSERT_TRUE(write_dump_info(directory_.path(), info));
  const auto got = read_dump_info(directory_.path());
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->ctid, 101U);
  EXPECT_EQ(got->uid_base, 100000U);
  EXPECT_EQ(got->gid_base, 200000U);
  EXPECT_EQ(got->engine, "4.2.1");
  EXPECT_EQ(got->kernel, "6.18.0");
  EXPECT_THAT(got->veth_ifnames, ElementsAre("venet0", "eth0"));
  ASSERT_THAT(got->cgroups, SizeIs(2));
  EXPECT_EQ(got->cgroups[1].path, "system.slice/a = b \\x20.service");
  EXPECT_EQ(got->cgroups[1].uid, 100001U);
  EXPECT_EQ(got->cgroups[1].gid, 200001U);
}

TEST_F(DumpInfoTest, IsNotLedAstrayByAGroupWhoseNameHasANewline) {
  DumpInfo info;
  info.cgroups = {{"x\nUID_BASE=0", 100000, 100000}};
  info.uid_base = 100000;
  ASSERT_TRUE(write_dump_info(directory_.path(), info));
  const auto got = read_dump_info(directory_.path());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->uid_base, 100000U);
  EXPECT_THAT(got->cgroups, IsEmpty());
}

TEST_F(DumpInfoTest, SaysThatADumpWithoutItIsNotComplete) {
  const auto got = read_dump_info(directory_.path());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ExitCode::restore);
  EXPECT_THAT(got.error().text(), HasSubstr("is not a complete dump"));
}

TEST_F(DumpInfoTest, RefusesAFormatThatItDoesNotKnow) {
  EXPECT_TRUE(read(kPlain));
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("CTID=101\nUID_BASE=0\nGID_BASE=0\n"));
  EXPECT_THAT(read("FORMAT=2\nCTID=101\nUID_BASE=0\nGID_BASE=0\n").error().text(),
              HasSubstr("dump format 2"));
}

TEST_F(DumpInfoTest, RefusesNumbersThatAreNone) {
  for (const char* value : {"", "-1", "x", "1 ", "4294967296", "99999999999999999999"}) {
    const auto got = read(std::string("FORMAT=1\nUID_BASE=0\nGID_BASE=0\nCTID=") + value + "\n");
    ASSERT_FALSE(got) << value;
    EXPECT_EQ(got.error().code(), ExitCode::restore);
  }
}

TEST_F(DumpInfoTest, RefusesGroupsThatItCannotRead) {
  for (const char* group :
       {"", "1", "1 2", "x 2 a", "1 x a", "-1 2 a", "1  a", "4294967296 0 a", "0 4294967296 a"}) {
    const auto got = read(kPlain + "CGROUP=" + group + "\n");
    ASSERT_FALSE(got) << group;
    EXPECT_THAT(got.error().text(), HasSubstr("bad CGROUP"));
  }
}

TEST_F(DumpInfoTest, PassesOverLinesOfAnotherKind) {
  EXPECT_TRUE(read(kPlain + "no equals sign\n=\nFUTURE=thing\n" + std::string("\0\0\n", 3)));
}

}  // namespace
}  // namespace vz
