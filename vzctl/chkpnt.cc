#include "libvz/container/checkpoint.h"
#include "vzctl/command.h"
#include "vzctl/stage_options.h"

namespace vz {

namespace {

struct Request {
  CheckpointOptions options;
  bool staged = false;
};

std::vector<Option> make_options(Request& request) {
  const auto stage = [&](const std::string& name, const std::string& help, CheckpointStage value) {
    return stage_option(name, help, request.staged, [&request, value] { request.options.stage = value; });
  };
  std::vector<Option> options = common_dump_options(request.options.dumpfile);
  options.push_back(stage("suspend", "only stop the container's processes", CheckpointStage::suspend));
  options.push_back(stage("dump", "only write the dump of a suspended container", CheckpointStage::dump));
  options.push_back(stage("kill", "only end a suspended container", CheckpointStage::kill));
  options.push_back(stage("resume", "only let a suspended container go on", CheckpointStage::resume));
  return options;
}

Result<CommandAction> parse(const CommandLine& line) {
  Request request;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}}, make_options(request),
                            line.words));
  if (request.options.stage == CheckpointStage::dump) VZ_TRY(require_dumpfile(request.options.dumpfile));
  return [options = request.options](CommandContext& context) -> Result<int> {
    VZ_TRY(checkpoint_container(context.global, context.config, options));
    return 0;
  };
}

Result<CommandAction> parse_pause(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [](CommandContext& context) -> Result<int> {
    VZ_TRY(checkpoint_container(context.global, context.config,
                                {.stage = CheckpointStage::suspend, .dumpfile = {}}));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> chkpnt_commands() {
  return {{.words = {"suspend", "chkpnt"},
           .arguments = "[--dumpfile <path>] [--suspend | --dump | --kill | --resume]",
           .parse = parse,
           .options =
               [] {
                 static Request unused;
                 return make_options(unused);
               }},
          {.words = {"pause"}, .arguments = {}, .parse = parse_pause}};
}

}  // namespace vz
