// unset: parameters leave the configuration, so that vz.conf or the built-in default holds again.

#include <algorithm>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

// A container is not found without these, or is another one.
constexpr std::string_view kKept[] = {"VE_ROOT", "VE_PRIVATE", "VE_LAYOUT", "LOCAL_UID", "LOCAL_GID", "NAME"};

std::vector<Option> make_options(std::vector<const Parameter*>& chosen) {
  std::vector<Option> options;
  for (const auto& row : parameter_table()) {
    if (std::ranges::find(kKept, row.key) != std::end(kKept)) continue;
    for (const auto& each : row.options) {
      options.push_back({.name = std::string(each.name),
                         .argument = {},
                         .help = each.help.empty() ? "" : std::string(row.key),
                         .take = [&row, &chosen](const std::string&) -> Result<void> {
                           chosen.push_back(&row);
                           return {};
                         }});
    }
  }
  return options;
}

Result<int> unset(const CommandContext& context, const std::vector<const Parameter*>& chosen) {
  const std::string& file = context.config.file;
  VZ_ASSIGN(const std::string text, read_file(file));
  ConfigEditor editor(text);
  for (const auto* row : chosen) {
    editor.remove(row->key);
    if (!row->alias.empty()) editor.remove(row->alias);
  }
  if (editor.text() == text) {
    log_info("No changes in CT configuration, not saving");
    return 0;
  }
  if (auto written = write_config_file(file, editor.text()); !written)
    return std::unexpected(std::move(written).error().with_code(ExitCode::config_save));
  log_info("CT configuration saved to " + file);
  return 0;
}

Result<CommandAction> parse(const CommandLine& line) {
  std::vector<const Parameter*> chosen;
  VZ_TRY(
      parse_only_options({.program = line.program, .unknown = ExitCode::invalid_value, .refused_letters = {}},
                         make_options(chosen), line.words));
  if (chosen.empty()) return fail(ExitCode::invalid_syntax, "Invalid syntax: no parameter is named");
  return [chosen](CommandContext& context) { return unset(context, chosen); };
}

}  // namespace

std::vector<CommandSpec> unset_commands() {
  return {{.words = {"unset"}, .arguments = "--<parameter> ...", .parse = parse, .options = [] {
             static std::vector<const Parameter*> unused;
             return make_options(unused);
           }}};
}

}  // namespace vz
