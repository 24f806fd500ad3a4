// vzctl create where it refuses: in which order, with which words, and that nothing stays. Source: vzctl 4.x.

#include <gmock/gmock.h>

#include "tests/golden/host.h"

namespace vz {
namespace {

class Create : public testing::Test {
 protected:
  void SetUp() override { vz_conf_ = host_.files().read("etc/vz/vz.conf"); }
  Said create(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"create", "200"});
    return host_.vzctl(words);
  }
  // vz.conf without this key, and with these lines.
  void configure(const std::string& without, const std::string& lines = "") const {
    std::string text = vz_conf_;
    if (const size_t at = without.empty() ? std::string::npos : text.find(without); at != std::string::npos)
      text.erase(at, text.find('\n', at) + 1 - at);
    host_.files().write("etc/vz/vz.conf", text + lines);
  }
  void expect_refused(const Said& said, const std::string& why, int code) const {
    EXPECT_EQ(said, (Said{"", why + "\nCreation of container private area failed\n", code}));
    EXPECT_FALSE(exists(host_.conf("200.conf")));
    EXPECT_FALSE(exists(host_.private_area("200")));
    EXPECT_THAT(*list_directory(host_.files() / "etc/vz/names"), testing::IsEmpty());
  }

  std::string vz_conf_;
  Host host_;
};

TEST_F(Create, NeedsItsPlaces) {
  configure("", "TEMPLATE=\"\"\n");
  expect_refused(create(), "TEMPLATE is not set", 24);
  configure("VE_PRIVATE");
  expect_refused(create(), "VE_PRIVATE is not set", 23);
  configure("VE_ROOT");
  expect_refused(create(), "VE_ROOT is not set", 22);
}

TEST_F(Create, ADefaultSampleThatIsMissingIsAFaultOfVzConf) {
  configure("", "CONFIGFILE=\"nope\"\n");
  expect_refused(create(),
                 "Sample config " + host_.conf("ve-nope.conf-sample") +
                     " not found: No such file or directory\nFix the value of CONFIGFILE in " +
                     (host_.files() / "etc/vz/vz.conf"),
                 82);
}

TEST_F(Create, PloopIsToldHowToDoWithoutIt) {
  const std::string hint =
      "Error: ploop is not supported here\nAlternatively, if you can't or don't want to use ploop, please\n"
      "add --layout simfs option, or set VE_LAYOUT=simfs in /etc/vz/vz.conf";
  for (const char* option : {"--layout", "--ve_layout", "--velayout"}) {
    expect_refused(create({option, "ploop:expanded"}), hint, 99);
    expect_refused(create({option, "simfs"}), "OS template is not specified", 29);
    EXPECT_EQ(create({option, "ext4"}),
              (Said{"", "Bad parameter for " + std::string(option) + ": ext4\n", 21}));
  }
  configure("VE_LAYOUT", "VE_LAYOUT=\"ploop\"\n");
  expect_refused(create(), hint, 99);
}

TEST_F(Create, ANameOfAnotherIsNotTaken) {
  host_.add_container("101");
  ASSERT_EQ(host_.vzctl({"set", "101", "--name", "web", "--save"}).code, 0);
  EXPECT_EQ(create({"--name", "web"}), (Said{"",
                                             "Conflict: name web already used by container 101\n"
                                             "Creation of container private area failed\n",
                                             131}));
  EXPECT_EQ(host_.vzctl({"status", "web"}).out, "CTID 101 exist unmounted down\n");
}

TEST_F(Create, ANameThatWasAssignedIsTakenBack) {
  const Said said = create({"--name", "web", "--ostemplate", "nope"});
  EXPECT_EQ(said.out, "Name web assigned\n");
  EXPECT_EQ(said.code, 91);
  EXPECT_THAT(*list_directory(host_.files() / "etc/vz/names"), testing::IsEmpty());
}

TEST_F(Create, TheTemplateOfVzConfIsTakenIfNoneIsNamed) {
  configure("", "DEF_OSTEMPLATE=\"usual\"\n");
  EXPECT_THAT(create().err,
              testing::StartsWith("Cached OS template " + (host_.files() / "vz/template/cache/usual.tar")));
}

TEST_F(Create, BadValuesAreNamed) {
  const std::vector<std::vector<std::string>> refused = {{"--ipadd", "1.1.1"},  {"--diskspace", "unlimited"},
                                                         {"--diskinodes", "x"}, {"--local_uid", "x"},
                                                         {"--local_gid", "-1"}, {"--name", "a/b"}};
  for (const auto& words : refused) {
    EXPECT_EQ(create(words), (Said{"", "Bad parameter for " + words[0] + ": " + words[1] + "\n", 21}));
  }
  EXPECT_EQ(create({"extra", "words"}), (Said{"", "Invalid extra arguments: extra words \n", 20}));
  EXPECT_EQ(create({"--save"}), (Said{"", "vzctl: unrecognized option '--save'\n", 21}));
}

}  // namespace
}  // namespace vz
