#include "tools/tool.h"

#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "libvz/core/file.h"
#include "libvz/core/paths.h"

namespace vz {

namespace {

std::vector<Option> with_help(const Tool& tool, bool& asked) {
  std::vector<Option> options = tool.options;
  options.push_back(flag_option("help", 'h', "print this", asked));
  return options;
}

bool is_pair(const Tool& tool, std::string_view name) {
  return tool.short_pairs && name.size() == 2 &&
         std::ranges::any_of(tool.options, [&](const Option& option) { return option.name == name; });
}

// As getopt takes them: a single dash would make them two options.
void lengthen_pairs(const Tool& tool, std::vector<std::string>& words) {
  for (auto& word : words) {
    if (word == "--") return;
    if (word.starts_with('-') && is_pair(tool, std::string_view(word).substr(1))) word.insert(0, 1, '-');
  }
}

std::string shorten_pairs(const Tool& tool, std::string help) {
  for (const auto& option : tool.options) {
    if (!is_pair(tool, option.name)) continue;
    const size_t at = help.find("  --" + option.name + " ");
    if (at == std::string::npos) continue;
    help.erase(at + 2, 1);
    // The descriptions stay below each other.
    const size_t gap = help.find("  ", at + 5);
    if (gap != std::string::npos && gap < help.find('\n', at)) help.insert(gap, 1, ' ');
  }
  return help;
}

}  // namespace

std::string tool_help(const Tool& tool) {
  std::string text;
  for (const auto& form : tool.synopsis) {
    text += (text.empty() ? "Usage: " : "       ") + tool.name + (form.empty() ? "" : " " + form) + "\n";
  }
  bool unused = false;
  return text + "\n" + tool.about + "\nOptions:\n" +
         shorten_pairs(tool, options_help(with_help(tool, unused)));
}

int refuse(const Tool& tool, const std::string& what, int code) {
  std::fprintf(stderr, "%s: %s\n", tool.name.c_str(), what.c_str());
  return code;
}

int refuse_usage(const Tool& tool, const std::string& what) {
  if (!what.empty()) refuse(tool, what, 0);
  for (const auto& form : tool.synopsis) {
    std::fprintf(stderr, "%s%s %s\n", &form == tool.synopsis.data() ? "Usage: " : "       ",
                 tool.name.c_str(), form.c_str());
  }
  std::fprintf(stderr, "Try '%s --help'.\n", tool.name.c_str());
  return tool.usage_code;
}

namespace {

int parse_and_run(const Tool& tool, const std::vector<std::string>& words) {
  std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (tool.raw) return tool.run(tool, rest);
  lengthen_pairs(tool, rest);
  bool help = false;
  OptionRules rules;
  rules.program = words.empty() ? tool.name : words.front();
  rules.options_first = tool.options_first;
  auto arguments = parse_options(rules, with_help(tool, help), rest);
  if (!arguments) return refuse_usage(tool, arguments.error().text());
  if (help) {
    std::fputs(tool_help(tool).c_str(), stdout);
    return 0;
  }
  return tool.run(tool, *arguments);
}

}  // namespace

int run_tool(const Tool& tool, const std::vector<std::string>& words) {
  const int code = parse_and_run(tool, words);
  // What is still in the buffer may not fit the disk; who reads the output is to know that it is not whole.
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code != 0) return code;
  return refuse(tool, "the output cannot be written", 1);
}

Option flag_option(std::string name, char letter, std::string help, bool& into) {
  return {.name = std::move(name),
          .letter = letter,
          .argument = {},
          .help = std::move(help),
          .take = [&into](const std::string&) -> Result<void> {
            into = true;
            return {};
          }};
}

Option text_option(std::string name, char letter, std::string argument, std::string help, std::string& into) {
  return {.name = std::move(name),
          .letter = letter,
          .argument = std::move(argument),
          .help = std::move(help),
          .take = [&into](const std::string& value) -> Result<void> {
            into = value;
            return {};
          }};
}

std::string host_file(const std::string& path) {
  const std::string prefix = test_prefix();
  return !prefix.empty() && exists(prefix + path) ? prefix + path : path;
}

}  // namespace vz
