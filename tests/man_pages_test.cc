// The man pages name what the tables hold, and nothing else.

#include <gmock/gmock.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include "libvz/config/global_config.h"
#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "vzctl/command.h"
#include "vzlist/fields.h"
#include "vzmigrate/exit_code.h"
#include "vzmigrate/options.h"

namespace vz {
namespace {

using Words = std::set<std::string>;

std::string page(const std::string& name) {
  const auto text = read_file(std::string(VZ_SOURCE_DIR) + "/man/" + name);
  return text ? std::regex_replace(*text, std::regex(R"(\\-)"), "-") : "";
}

Words found(const std::string& text, const std::string& pattern) {
  Words words;
  const std::regex regex(pattern, std::regex::ECMAScript | std::regex::multiline);
  for (auto it = std::sregex_iterator(text.begin(), text.end(), regex); it != std::sregex_iterator(); ++it) {
    words.insert((*it)[1]);
  }
  return words;
}

Words without(Words words, const Words& taken) {
  for (const auto& word : taken) words.erase(word);
  return words;
}

// Visible: those with help. The others may be named, but need not.
Words option_names(bool visible_only) {
  Words names = {"quiet", "verbose", "skiplock", "version", "help", "exec"};
  for (const auto& command : command_table()) {
    if (command.options == nullptr) continue;
    for (const auto& option : command.options()) {
      if (!visible_only || !option.help.empty()) names.insert(option.name);
    }
  }
  return names;
}

TEST(ManPages, VzctlNamesEveryOption) {
  const Words named = found(page("vzctl.8"), "--([a-z][a-z0-9_-]*)");
  EXPECT_THAT(without(option_names(true), named), testing::IsEmpty()) << "missing in the page";
  EXPECT_THAT(without(named, option_names(false)), testing::IsEmpty()) << "in the page only";
}

TEST(ManPages, VzctlNamesEveryCommand) {
  const std::string text = page("vzctl.8");
  for (const auto& command : command_table()) {
    if (command.hidden) continue;
    for (const auto word : command.words) {
      EXPECT_TRUE(std::regex_search(text, std::regex("(^|\n)\\.SS [^\n]*\\b" + std::string(word) + "\\b")))
          << word;
    }
  }
}

TEST(ManPages, CtidConfNamesEveryParameter) {
  Words keys;
  for (const auto& row : parameter_table()) keys.insert(std::string(row.key));
  EXPECT_EQ(found(page("ctid.conf.5"), "^\\.B ([A-Z][A-Z0-9_]+)$"), keys);
}

TEST(ManPages, VzConfNamesEveryKey) {
  const auto keys = global_config_keys();
  EXPECT_EQ(found(page("vz.conf.5"), "^\\.B ([A-Z][A-Z0-9_]+)$"), Words(keys.begin(), keys.end()));
}

TEST(ManPages, VzlistNamesEveryField) {
  std::string text = page("vzlist.8");
  text = text.substr(text.find(".SH FIELDS"));
  Words fields;
  for (const auto& field : field_table()) fields.insert(field.name.substr(0, field.name.find('.')));
  EXPECT_EQ(found(text, "^\\.B ([a-z_]+)$"), fields);
}

// The options stand in the section OPTIONS; elsewhere there are those of other programs.
TEST(ManPages, VzmigrateNamesEveryOption) {
  std::string text = page("vzmigrate.8");
  text = text.substr(text.find(".SH OPTIONS"));
  text = text.substr(0, text.find(".SH HOW IT GOES"));
  text = std::regex_replace(text, std::regex("\n\\.BR \"-aHAX[^\n]*"), "");
  const auto names = migrate_option_names();
  EXPECT_EQ(found(text, "--([a-z][a-z-]*)"), Words(names.begin(), names.end()));
}

TEST(ManPages, VzmigrateNamesEveryExitCode) {
  std::string text = page("vzmigrate.8");
  text = text.substr(text.find(".SH EXIT STATUS"));
  Words codes;
  for (const auto code : kMigrateCodes) codes.insert(std::to_string(static_cast<int>(code)));
  EXPECT_EQ(found(text, "^\\.B ([0-9]+)$"), codes);
}

TEST(ManPages, VzConfOfTheTreeSetsOnlyKnownKeys) {
  const auto keys = global_config_keys();
  const auto text = read_file(std::string(VZ_SOURCE_DIR) + "/etc/vz.conf");
  ASSERT_TRUE(text);
  for (const auto& key : found(*text, "^#?([A-Z][A-Z0-9_]+)=")) {
    EXPECT_TRUE(find_parameter(key) != nullptr || std::ranges::find(keys, key) != keys.end()) << key;
  }
}

}  // namespace
}  // namespace vz
