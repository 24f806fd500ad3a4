#include "libvz/container/enter.h"

#include "vzctl/command.h"

namespace vz {

namespace {

Result<CommandAction> parse(const CommandLine& line) {
  std::vector<std::string> typed;
  if (!line.words.empty()) {
    if (line.words[0] != "--exec")
      return fail(ExitCode::invalid_syntax, "Invalid option '" + line.words[0] + "'");
    if (line.words.size() == 1) return fail(ExitCode::invalid_syntax, "No command line given for --exec");
    typed.assign(line.words.begin() + 1, line.words.end());
  }
  return [typed, program = line.program](CommandContext& context) -> Result<int> {
    VZ_TRY(enter_container(context.global, context.config, typed));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> enter_commands() {
  return {{.words = {"enter"},
           .arguments = "[--exec <command> [arg ...]]",
           .takes_lock = false,
           .own_help_word = false,
           .parse = parse}};
}

}  // namespace vz
