#include "libvz/container/create.h"

#include "libvz/config/parameter_table.h"
#include "vzctl/command.h"
#include "vzctl/parameter_options.h"

namespace vz {

namespace {

struct Request {
  Changes changes;
  std::optional<std::string> sample;
};

std::vector<Option> make_options(Request& request) {
  std::vector<Option> options = parameter_options(kCreate, request.changes);
  options.push_back({.name = "config",
                     .argument = "SAMPLE",
                     .help = "begin with the configuration ve-SAMPLE.conf-sample",
                     .take = [&request](const std::string& value) -> Result<void> {
                       if (value.empty() || value.find('/') != std::string::npos) {
                         return fail(ExitCode::invalid_value, "Bad parameter for --config: " + value);
                       }
                       if (!request.sample) request.sample = value;
                       return {};
                     }});
  return options;
}

Result<CommandAction> parse(const CommandLine& line) {
  Request request;
  const OptionRules rules{.program = line.program,
                          .unknown = ExitCode::invalid_value,
                          .refused_letters = "k:l:p:f:t:i:b:e:n:x:h"};
  VZ_TRY(parse_only_options(rules, make_options(request), line.words));
  return [request](CommandContext& context) -> Result<int> {
    CreateRequest create{.ctid = context.config.ctid, .sample = request.sample, .given = {}};
    VZ_ASSIGN(create.given, resolve_changes(request.changes, Parameters()));
    VZ_TRY(create_container(context.global, create));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> create_commands() {
  return {{.words = {"create"},
           .arguments = "[--ostemplate <name>] [--config <name>] [--private <path>] [--root <path>] "
                        "[--ipadd <addr>] [--hostname <name>] [--name <name>] [--layout <layout>] ...",
           .needs_config = false,
           .parse = parse,
           .options = [] {
             static Request unused;
             return make_options(unused);
           }}};
}

}  // namespace vz
