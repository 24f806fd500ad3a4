#include <chrono>
#include <cstdio>

#include "libvz/config/lock.h"
#include "libvz/container/cleanup.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/text.h"
#include "libvz/host/run_state.h"
#include "libvz/host/user_beancounters.h"
#include "vzctl/command.h"

namespace vz {

namespace {

// Whoever holds the lock may be what ended the container, and may still be at it.
constexpr std::chrono::minutes kPatience{15};

// For vzmonitor, which writes it where the container reads it.
Result<int> print_usage(const CommandContext& context) {
  const BeancounterReader reader(probe_cgroup_layout().value_or(CgroupLayout()));
  VZ_ASSIGN(const auto container, read_container_beancounters(context.global, reader, context.config.ctid));
  if (container) std::fputs(user_beancounters_text({&*container, 1}).c_str(), stdout);
  return 0;
}

Result<CommandAction> parse(const CommandLine& line) {
  if (line.words.empty()) return fail(ExitCode::invalid_syntax, "Invalid syntax: the event is missing");
  if (line.words[0] == "usage") return print_usage;
  const bool reboot = line.words[0] == "reboot";
  const auto init = line.words.size() > 1 ? parse_int(line.words[1]).value_or(0) : 0;
  return [reboot, init](CommandContext& context) -> Result<int> {
    const Paths& paths = context.global.paths;
    // Once that has seen to it, the next command must not find the container locked by this one.
    const auto wanted = [&] { return init == 0 || recorded_init(paths, context.config.ctid) == init; };
    VZ_ASSIGN(const ContainerLock lock,
              ContainerLock::acquire(paths, context.config.ctid, kPatience, wanted));
    if (!lock.held()) return 0;
    catch_interrupts();
    VZ_ASSIGN(context.config, load_container_config(context.global, context.config.ctid));
    VZ_TRY(handle_container_end(context.global, context.config, reboot));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> monitor_event_commands() {
  return {{.words = {"monitor-event"}, .arguments = {}, .takes_lock = false, .hidden = true, .parse = parse}};
}

}  // namespace vz
