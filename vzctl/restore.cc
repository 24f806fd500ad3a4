#include "libvz/container/restore.h"

#include "vzctl/command.h"
#include "vzctl/stage_options.h"

namespace vz {

namespace {

struct Request {
  RestoreOptions options;
  bool staged = false;
};

std::vector<Option> make_options(Request& request) {
  const auto stage = [&](const std::string& name, const std::string& help, RestoreStage value) {
    return stage_option(name, help, request.staged, [&request, value] { request.options.stage = value; });
  };
  std::vector<Option> options = common_dump_options(request.options.dumpfile);
  options.push_back(stage("undump", "only bring everything back, standing still", RestoreStage::undump));
  options.push_back(stage("kill", "only drop what --undump brought back", RestoreStage::kill));
  options.push_back(stage("resume", "only let go on what --undump brought back", RestoreStage::resume));
  options.push_back({.name = "skip-remount",
                     .argument = {},
                     .help = "leave it mounted if it is mounted",
                     .take = [&request](const std::string&) -> Result<void> {
                       request.options.skip_remount = true;
                       return {};
                     }});
  options.push_back(ignored_flag("skip-fsck"));
  return options;
}

Result<CommandAction> parse(const CommandLine& line) {
  Request request;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}}, make_options(request),
                            line.words));
  if (request.options.stage == RestoreStage::undump) VZ_TRY(require_dumpfile(request.options.dumpfile));
  return [options = request.options](CommandContext& context) -> Result<int> {
    VZ_TRY(restore_container(context.global, context.config, options));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> restore_commands() {
  return {{.words = {"resume", "restore"},
           .arguments = "[--dumpfile <path>] [--undump | --kill | --resume] [--skip-remount]",
           .parse = parse,
           .options = [] {
             static Request unused;
             return make_options(unused);
           }}};
}

}  // namespace vz
