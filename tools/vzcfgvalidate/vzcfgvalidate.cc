#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "libvz/config/config_file.h"
#include "libvz/config/global_config.h"
#include "libvz/config/parameter_table.h"
#include "libvz/config/save.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "tools/tools.h"
#include "tools/vzcfgvalidate/rules.h"

namespace vz {

namespace {

// Source of the codes: vzcfgvalidate of vzctl 4.x.
constexpr int kFailed = 1;
constexpr int kInvalid = 2;

struct Settings {
  bool repair = false;
  bool ask = false;
  std::optional<bool> vswap;
};

// Without an answer nothing is changed.
bool answers_yes() {
  std::string answer;
  do {
    std::fputs(" (y/n) [y] ", stderr);
    if (!std::getline(std::cin, answer)) return false;
  } while (!answer.empty() && answer.front() != 'y' && answer.front() != 'n');
  return answer.empty() || answer.front() == 'y';
}

bool tell(const Settings& settings, const Finding& finding) {
  log_error(finding.message);
  if (finding.proposal.empty() || (!settings.repair && !settings.ask)) return false;
  log_info(finding.proposal);
  return settings.ask ? answers_yes() : true;
}

// What differs from before.
Parameters changes_between(const Parameters& before, const Parameters& after) {
  Parameters changes;
  for (const auto& row : parameter_table()) {
    if (!row.equal(before, after)) row.take(after, changes);
  }
  return changes;
}

int validate(const Tool& tool, const Settings& settings, const std::string& path) {
  Parameters defaults;
  if (auto global = load_global_config(test_prefix())) {
    defaults = global->defaults;
  } else {
    log_error("WARNING: Global configuration file " + Paths(test_prefix()).global_config() + " not found");
  }
  if (!exists(path)) {
    log_error("Container configuration file " + path + " not found");
    return kFailed;
  }
  const auto text = read_file(path);
  if (!text) return refuse(tool, text.error().text(), kFailed);
  Parameters own;
  (void)read_parameters(path, *text, own);
  const Parameters before = merge(defaults, own);
  Parameters after = before;
  const OnFinding on_finding = [&](const Finding& finding) { return tell(settings, finding); };
  bool valid = false;
  if (settings.vswap.value_or(is_vswap(before))) {
    const auto memory = host_memory();
    if (!memory) return refuse(tool, memory.error().text(), kFailed);
    valid = check_vswap(after, *memory, on_finding);
  } else {
    valid = check_classic(after, on_finding);
  }
  if (!valid) return kInvalid;
  if (settings.repair || settings.ask) {
    if (auto saved = save_parameters(path, changes_between(before, after)); !saved)
      return refuse(tool, saved.error().text(), kFailed);
  }
  log_error("Validation completed: success");
  return 0;
}

}  // namespace

Tool vzcfgvalidate_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzcfgvalidate",
          .synopsis = {"[-r | -i] [-v yes|no] FILE"},
          .about =
              "Checks whether the resource parameters of a container's configuration fit each\n"
              "other and the host.\n"
              "Exit codes: 0 valid, 1 usage, or the file cannot be read or written, 2 not valid.\n",
          .options = {flag_option("", 'r', "repair what is wrong", settings->repair),
                      flag_option("", 'i', "ask before each repair", settings->ask),
                      {.name = "",
                       .letter = 'v',
                       .argument = "yes|no",
                       .help = "by the rules of VSwap, or not (default: yes if PHYSPAGES has a limit)",
                       .take = [settings](const std::string& value) -> Result<void> {
                         const auto vswap = parse_yes_no(value);
                         if (!vswap)
                           return fail(ExitCode::invalid_value, "Invalid argument for -v: " + value);
                         settings->vswap = *vswap;
                         return {};
                       }}},
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (words.size() != 1) return refuse_usage(tool, words.empty() ? "" : "one file at a time");
            configure_log({.program = "vzcfgvalidate", .file = {}, .verbosity = 0});
            return validate(tool, *settings, words.front());
          }};
}

}  // namespace vz
