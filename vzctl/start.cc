#include "libvz/container/start.h"

#include "libvz/container/status.h"
#include "libvz/container/stop.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

// start, stop and restart share their options: each is known to all three and refused where it makes no
// sense.

namespace vz {

namespace {

struct Options {
  StartOptions start;
  StopOptions stop;
};

enum class For { start, stop };

Option flag(const std::string& name, const std::string& help, bool& target, For use,
            const std::string& word) {
  return {
      .name = name, .argument = {}, .help = help, .take = [=, &target](const std::string&) -> Result<void> {
        if ((use == For::start && word == "stop") || (use == For::stop && word == "start")) {
          return fail(ExitCode::invalid_syntax,
                      "Option --" + name + " is not applicable to " + word + " command");
        }
        target = true;
        return {};
      }};
}

std::vector<Option> make_options(Options& into, const std::string& word) {
  static bool no_fsck = false;
  return {
      flag("force", "start although it is disabled", into.start.force, For::start, word),
      flag("wait", "wait until the container has booted", into.start.wait, For::start, word),
      flag("skip-fsck", "do not check a ploop image's file system", no_fsck, For::start, word),
      flag("skip-remount", "leave it mounted if it is mounted", into.start.skip_remount, For::start, word),
      flag("skip_ve_setup", "", into.start.skip_setup, For::start, word),
      flag("fast", "kill it at once instead of halting it", into.stop.fast, For::stop, word),
      flag("skip-umount", "leave it mounted", into.stop.skip_umount, For::stop, word)};
}

std::vector<Option> options_of(const std::string& word) {
  static Options unused;
  std::vector<Option> all = make_options(unused, word);
  std::vector<Option> applicable;
  for (auto& option : all) {
    if (option.take("")) applicable.push_back(std::move(option));
  }
  return applicable;
}

Result<int> restart(CommandContext& context, const Options& options) {
  log_info("Restarting container");
  VZ_ASSIGN(const Status status, container_status(context.global, context.config));
  if (status.running) VZ_TRY(stop_container(context.global, context.config, options.stop));
  VZ_TRY(start_container(context.global, context.config, options.start));
  return 0;
}

Result<CommandAction> parse(const CommandLine& line) {
  Options options;
  VZ_TRY(parse_only_options({.program = line.program, .refused_letters = {}},
                            make_options(options, line.word), line.words));
  return [options, word = line.word](CommandContext& context) -> Result<int> {
    if (word == "restart") return restart(context, options);
    if (word == "stop") {
      VZ_TRY(stop_container(context.global, context.config, options.stop));
    } else {
      VZ_TRY(start_container(context.global, context.config, options.start));
    }
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> start_commands() {
  return {{.words = {"start"},
           .arguments = "[--force] [--wait] [--skip-fsck] [--skip-remount]",
           .parse = parse,
           .options = [] { return options_of("start"); }},
          {.words = {"stop"},
           .arguments = "[--fast] [--skip-umount]",
           .parse = parse,
           .options = [] { return options_of("stop"); }},
          {.words = {"restart"},
           .arguments = "[--force] [--wait] [--fast] [--skip-fsck]",
           .parse = parse,
           .options = [] { return options_of("restart"); }}};
}

}  // namespace vz
