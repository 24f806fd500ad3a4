// Each program's man page names what its table of options holds, and nothing else.

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "libvz/core/file.h"
#include "tools/tools.h"

namespace vz {
namespace {

using Words = std::set<std::string>;

std::string page(const std::string& name) {
  const auto text = read_file(std::string(VZ_SOURCE_DIR) + "/man/" + name + ".8");
  return text ? std::regex_replace(*text, std::regex(R"(\\-)"), "-") : "";
}

// The options stand in the section OPTIONS, each in the line after .TP.
Words options_in(const std::string& text) {
  Words words;
  const size_t start = text.find(".SH OPTIONS\n");
  if (start == std::string::npos) return words;
  const std::string section = text.substr(start, text.find("\n.SH ", start + 1) - start);
  const std::regex headings("\n\\.TP\n([^\n]*)");
  const std::regex option("(^|[ \"])(--?[A-Za-z0-9][A-Za-z0-9-]*)");
  for (auto it = std::sregex_iterator(section.begin(), section.end(), headings); it != std::sregex_iterator();
       ++it) {
    const std::string heading = (*it)[1];
    for (auto name = std::sregex_iterator(heading.begin(), heading.end(), option);
         name != std::sregex_iterator(); ++name) {
      words.insert((*name)[2]);
    }
  }
  return words;
}

Words options_of(const Tool& tool) {
  Words words = {"-h", "--help"};
  for (const auto& option : tool.options) {
    const bool pair = tool.short_pairs && option.name.size() == 2;
    if (!option.name.empty()) words.insert((pair ? "-" : "--") + option.name);
    if (option.letter != 0) words.insert(std::string("-") + option.letter);
  }
  return words;
}

TEST(ToolPages, EveryProgramHasAPageThatNamesItsOptions) {
  for (const auto& tool : all_tools()) {
    const std::string text = page(tool.name);
    EXPECT_THAT(text, testing::HasSubstr("\n.SH NAME\n" + tool.name + " - ")) << tool.name;
    EXPECT_THAT(text, testing::HasSubstr("\n.SH EXIT STATUS\n")) << tool.name;
    EXPECT_EQ(options_in(text), options_of(tool)) << tool.name;
  }
}

TEST(ToolPages, HelpNamesEveryOptionAndFitsATerminal) {
  for (const auto& tool : all_tools()) {
    const std::string help = tool_help(tool);
    EXPECT_THAT(help, testing::StartsWith("Usage: " + tool.name + " ")) << tool.name;
    for (const auto& option : tool.options) {
      EXPECT_FALSE(option.help.empty()) << tool.name << " " << option.name << option.letter;
      const std::string shown = option.name.empty() ? std::string("-") + option.letter
                                : tool.short_pairs && option.name.size() == 2 ? "  -" + option.name
                                                                              : "--" + option.name;
      EXPECT_THAT(help, testing::HasSubstr(shown)) << tool.name;
    }
    EXPECT_FALSE(std::regex_search(help, std::regex("[^\n]{111}"))) << help;
  }
}

}  // namespace
}  // namespace vz
