#include "libvz/container/console.h"

#include "libvz/core/text.h"
#include "vzctl/command.h"

namespace vz {

namespace {

// There is one terminal, which is the console and the first one.
constexpr std::uint64_t kMostTerminals = 1;

Result<CommandAction> parse(const CommandLine& line) {
  if (line.words.size() > 1) return fail(ExitCode::invalid_syntax, "Invalid syntax: too many parameters!");
  if (!line.words.empty()) {
    const auto number = parse_unsigned(line.words[0]);
    if (!number || *number > kMostTerminals)
      return fail(ExitCode::invalid_value, "Invalid tty number: " + line.words[0]);
  }
  return [](CommandContext& context) -> Result<int> {
    VZ_TRY(attach_console(context.global, context.config));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> console_commands() {
  return {{.words = {"console"}, .arguments = "[<tty number>]", .takes_lock = false, .parse = parse}};
}

}  // namespace vz
