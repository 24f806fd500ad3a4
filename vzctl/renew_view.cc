// renew-view, which the service lxcfs calls when it has started again: what running containers still have of
// the lxcfs before is dead.

#include <chrono>
#include <thread>

#include "libvz/container/proc_view.h"
#include "libvz/host/lxcfs.h"
#include "libvz/host/run_state.h"
#include "vzctl/command.h"

namespace vz {

namespace {

// The service counts as started before it serves.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{50};

Result<void> wait_for_lxcfs(const Paths& paths) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto found = find_lxcfs(paths);
    if (found) return {};
    if (std::chrono::steady_clock::now() > deadline) return fail(std::move(found));
    std::this_thread::sleep_for(kPause);
  }
}

Result<void> renew(const GlobalConfig& global, Ctid ctid) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, ctid));
  if (state) renew_view(global, ctid, state->init_pid);
  return {};
}

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [](CommandContext& context) -> Result<int> {
    VZ_TRY(wait_for_lxcfs(context.global.paths));
    if (context.config.ctid != 0) {
      VZ_TRY(renew(context.global, context.config.ctid));
      return 0;
    }
    VZ_ASSIGN(const auto ctids, ctids_with_run_state(context.global.paths));
    for (const Ctid ctid : ctids) VZ_TRY(renew(context.global, ctid));
    return 0;
  };
}

}  // namespace

// Of container 0: of all that run. A container that is at work otherwise is no hindrance: no lock.
std::vector<CommandSpec> renew_view_commands() {
  return {{.words = {"renew-view"},
           .arguments = {},
           .takes_lock = false,
           .needs_config = false,
           .allows_ct0 = true,
           .hidden = true,
           .parse = parse}};
}

}  // namespace vz
