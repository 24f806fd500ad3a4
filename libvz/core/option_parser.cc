#include "libvz/core/option_parser.h"

#include <getopt.h>

#include <algorithm>

namespace vz {

namespace {

constexpr int kFirstLong = 256;

struct Tables {
  std::string letters;
  std::vector<option> longs;
};

Tables make_tables(const OptionRules& rules, const std::vector<Option>& options) {
  Tables tables;
  tables.letters = (rules.options_first ? "+" : "") + rules.refused_letters;
  for (size_t i = 0; i < options.size(); ++i) {
    const auto& each = options[i];
    if (each.letter != 0) {
      tables.letters += each.letter;
      if (!each.argument.empty()) tables.letters += ':';
    }
    if (each.name.empty()) continue;
    const int has_argument = each.argument.empty() ? no_argument : required_argument;
    tables.longs.push_back({each.name.c_str(), has_argument, nullptr, kFirstLong + static_cast<int>(i)});
  }
  tables.longs.push_back({nullptr, 0, nullptr, 0});
  return tables;
}

const Option* option_of(const std::vector<Option>& options, int code) {
  if (code >= kFirstLong) return &options[static_cast<size_t>(code - kFirstLong)];
  const auto found = std::ranges::find_if(options, [&](const Option& each) { return each.letter == code; });
  return found == options.end() ? nullptr : &*found;
}

}  // namespace

Result<std::vector<std::string>> parse_options(const OptionRules& rules, const std::vector<Option>& options,
                                               const std::vector<std::string>& words) {
  const Tables tables = make_tables(rules, options);
  std::vector<std::string> copies{rules.program};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (auto& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(copies.size());
  optind = 0;
  for (;;) {
    const int code = getopt_long(argc, argv.data(), tables.letters.c_str(), tables.longs.data(), nullptr);
    if (code < 0) break;
    if (code == '?') return fail(rules.unknown, "");
    const Option* found = option_of(options, code);
    if (found == nullptr) {
      return fail(ExitCode::invalid_syntax, std::string("Invalid option -") + static_cast<char>(code));
    }
    const auto& take = code < kFirstLong && found->take_letter ? found->take_letter : found->take;
    VZ_TRY(take(optarg != nullptr && !found->argument.empty() ? optarg : ""));
  }
  return std::vector<std::string>(argv.begin() + optind, argv.begin() + argc);
}

std::string each_with_blank(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += word + " ";
  return text;
}

Result<void> parse_only_options(const OptionRules& rules, const std::vector<Option>& options,
                                const std::vector<std::string>& words) {
  VZ_ASSIGN(const auto extra, parse_options(rules, options, words));
  if (extra.empty()) return {};
  return fail(ExitCode::invalid_syntax, "Invalid extra arguments: " + each_with_blank(extra));
}

std::string options_help(const std::vector<Option>& options) {
  constexpr size_t kColumn = 34;
  std::string text;
  for (const auto& each : options) {
    if (each.help.empty()) continue;
    std::string line = "  ";
    if (each.letter != 0) line += std::string("-") + each.letter;
    if (each.letter != 0 && !each.name.empty()) line += ", ";
    if (!each.name.empty()) line += "--" + each.name;
    if (!each.argument.empty()) line += " " + each.argument;
    if (line.size() + 1 >= kColumn) {
      text += line + "\n";
      line.clear();
    }
    line.resize(kColumn, ' ');
    text += line + each.help + "\n";
  }
  return text;
}

}  // namespace vz
