// convert and compact: for containers whose file system is to be, or is, a ploop image.

#include "libvz/container/status.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

std::vector<Option> convert_options(Layout& layout) {
  const auto option = [&layout](const std::string& name, const std::string& help) -> Option {
    return {.name = name,
            .argument = "ploop[:MODE]",
            .help = help,
            .take = [&layout, name](const std::string& value) -> Result<void> {
              const auto parsed = parse_layout(value);
              if (!parsed) return fail(ExitCode::invalid_value, "Bad parameter for --" + name + ": " + value);
              layout = *parsed;
              return {};
            }};
  };
  return {option("layout", "the layout to convert to"), option("ve_layout", ""), option("velayout", "")};
}

Result<int> convert(const CommandContext& context, Layout target) {
  const Parameters& merged = context.config.merged;
  if (target != Layout::ploop) return fail(ExitCode::invalid_value, "Only conversion to ploop is supported");
  if (merged.layout == Layout::ploop) {
    log_info("CT is already on ploop");
    return 0;
  }
  VZ_ASSIGN(const Status status, container_status(context.global, context.config));
  if (status.running) return fail(ExitCode::running, "CT is running (stop it first)");
  if (status.mounted) return fail(ExitCode::mounted, "CT is mounted (umount it first)");
  if (!merged.diskspace) return fail(ExitCode::diskspace_not_set, "Error: diskspace not set");
  return fail(ExitCode::ploop_unsupported,
              "Error: ploop images cannot be made by this version: the container stays on simfs");
}

Result<CommandAction> parse_convert(const CommandLine& line) {
  Layout target = Layout::ploop;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}}, convert_options(target),
                            line.words));
  return [target](CommandContext& context) { return convert(context, target); };
}

Result<CommandAction> parse_compact(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [](CommandContext& context) -> Result<int> {
    if (context.config.merged.layout == Layout::ploop)
      return fail(ExitCode::ploop_unsupported, "Error: ploop is not supported by this version");
    log_info("Compact only makes sense for ploop containers");
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> image_commands() {
  return {{.words = {"convert"},
           .arguments = "[--layout ploop[:<mode>]]",
           .parse = parse_convert,
           .options =
               [] {
                 static Layout unused;
                 return convert_options(unused);
               }},
          {.words = {"compact"}, .arguments = {}, .parse = parse_compact}};
}

}  // namespace vz
