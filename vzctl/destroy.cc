#include "libvz/container/destroy.h"

#include "vzctl/command.h"

namespace vz {

namespace {

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [](CommandContext& context) -> Result<int> {
    VZ_TRY(destroy_container(context.global, context.config));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> destroy_commands() {
  return {{.words = {"destroy", "delete"}, .arguments = {}, .parse = parse}};
}

}  // namespace vz
