// Every option of every command with values that make no sense: a clear refusal or a value that is stored
// safely, never a crash, and no configuration is changed by what is refused.

#include <gmock/gmock.h>

#include <set>

#include "libvz/config/config_file.h"
#include "tests/golden/host.h"
#include "vzctl/command.h"

namespace vz {
namespace {

const std::vector<std::string> kBadValues = {"",
                                             " ",
                                             "-1",
                                             "99999999999999999999999999",
                                             std::string(5000, '9'),
                                             std::string(70000, 'x'),
                                             "../../../../etc/passwd",
                                             "a\"b\"c",
                                             "a\nONBOOT=\"yes\"",
                                             "$(id)`id`$PATH",
                                             "\xff\xfe\x01",
                                             "\xc3\xa4\xe2\x82\xac",
                                             ":::,,,;;;===",
                                             "%s%n%n"};

constexpr const char* kConfig =
    "# untouched\nNUMPROC=\"100\"\nONBOOT=\"no\"\nDISK_QUOTA=\"no\"\nVE_LAYOUT=\"simfs\"\n";

class BadInput : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { host_.add_container("101", kConfig); }
  std::string config() const { return host_.files().read("etc/vz/conf/101.conf"); }

  // What is stored is one line a value, which is read back without a word.
  void expect_sound(const Said& said) const {
    if (said.code != 0) {
      EXPECT_NE(said.err, "");
      EXPECT_EQ(config(), kConfig);
      return;
    }
    const ConfigText text = parse_config_text(config());
    EXPECT_TRUE(text.malformed.empty());
    std::set<std::string> keys;
    for (const auto& assignment : text.assignments) EXPECT_TRUE(keys.insert(assignment.key).second);
    EXPECT_THAT(config(), testing::StartsWith("# untouched\n"));
    EXPECT_THAT(config(), testing::HasSubstr("\nONBOOT=\"no\"\n"));
    EXPECT_EQ(host_.vzctl({"--quiet", "status", "101"}).code, 0);
  }

  Host host_;
};

TEST_P(BadInput, IsRefusedOrStoredSafely) {
  const CommandSpec* command = find_command(GetParam());
  ASSERT_NE(command, nullptr);
  for (const auto& option : command->options()) {
    if (option.argument.empty() || option.name.empty()) continue;
    for (const auto& value : kBadValues) {
      SCOPED_TRACE("--" + option.name + "=" + value.substr(0, 40));
      std::vector<std::string> words = {GetParam(), "101", "--" + option.name + "=" + value};
      if (GetParam() == "set") words.emplace_back("--save");
      const Said said = host_.vzctl(words);
      EXPECT_GE(said.code, 0) << "killed by a signal";
      expect_sound(said);
      host_.add_container("101", kConfig);
    }
  }
}

TEST_P(BadInput, OfContainerNamesIsRefused) {
  for (const auto& value : kBadValues) {
    const Said said = host_.vzctl({GetParam(), value});
    EXPECT_THAT(said.code, testing::AnyOf(20, 21)) << value.substr(0, 40);
    EXPECT_NE(said.err, "");
  }
}

std::vector<std::string> commands_with_options() {
  std::vector<std::string> words;
  for (const auto& command : command_table()) {
    if (command.options != nullptr && !command.hidden) words.emplace_back(command.words.front());
  }
  return words;
}

INSTANTIATE_TEST_SUITE_P(OfEveryCommand, BadInput, testing::ValuesIn(commands_with_options()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace vz
