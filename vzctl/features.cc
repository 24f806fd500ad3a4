// vzctl features: which parameters this host holds containers to, and by what.

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libvz/host/enforcement.h"
#include "vzctl/command.h"

namespace vz {

namespace {

struct Line {
  std::string_view key;
  std::string_view by;
  EnforcementFinding finding;
};

std::string_view word(Enforced enforced) {
  switch (enforced) {
    case Enforced::yes:
      return "yes";
    case Enforced::partly:
      return "partly";
    case Enforced::no:
    case Enforced::nowhere:
      break;
  }
  return "no";
}

void print_table(const std::vector<Line>& lines) {
  size_t key_width = 0;
  size_t by_width = 0;
  for (const auto& line : lines) {
    key_width = std::max(key_width, line.key.size());
    by_width = std::max(by_width, line.by.size());
  }
  const auto print = [&](std::string_view key, std::string_view enforced, std::string_view by,
                         std::string_view why) {
    std::string text(key);
    text.resize(key_width + 1, ' ');
    text += enforced;
    text.resize(key_width + 10, ' ');
    text += by.empty() ? "-" : by;
    if (!why.empty()) {
      text.resize(key_width + by_width + 11, ' ');
      text += why;
    }
    std::printf("%s\n", text.c_str());
  };
  print("PARAMETER", "ENFORCED", "BY", "REMARK");
  for (const auto& line : lines) print(line.key, word(line.finding.enforced), line.by, line.finding.why);
}

void print_json(const std::vector<Line>& lines) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& line : lines) {
    nlohmann::ordered_json object;
    object["parameter"] = line.key;
    object["enforced"] = word(line.finding.enforced);
    object["by"] = line.by.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(line.by);
    object["remark"] =
        line.finding.why.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(line.finding.why);
    array.push_back(std::move(object));
  }
  std::printf("%s\n", array.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

Result<int> run(const CommandContext& context, bool json) {
  const EnforcementHost host =
      this_enforcement_host(default_container_config(context.global, 0).private_area);
  std::vector<Line> lines;
  for (const auto& row : enforcement_table()) {
    const EnforcementFinding finding = row.find(host);
    const bool any = finding.enforced == Enforced::yes || finding.enforced == Enforced::partly;
    lines.push_back({row.key, any ? row.by(host) : "", finding});
  }
  if (json) {
    print_json(lines);
  } else {
    print_table(lines);
  }
  return 0;
}

std::vector<Option> options(bool& json) {
  return {{.name = "json",
           .letter = 'j',
           .argument = {},
           .help = "print JSON",
           .take = [&json](const std::string&) -> Result<void> {
             json = true;
             return {};
           }}};
}

Result<CommandAction> parse(const CommandLine& line) {
  bool json = false;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}}, options(json), line.words));
  return [json](CommandContext& context) { return run(context, json); };
}

}  // namespace

std::vector<CommandSpec> features_commands() {
  return {{.words = {"features"},
           .arguments = "[--json]",
           .takes_lock = false,
           .needs_config = false,
           .of_container = false,
           .parse = parse,
           .options = [] {
             static bool unused = false;
             return options(unused);
           }}};
}

}  // namespace vz
