#include "libvz/container/stop.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>

#include "libvz/container/action_scripts.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/exec.h"
#include "libvz/container/mount.h"
#include "libvz/container/status.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

namespace {

constexpr unsigned kDefaultTimeout = 120;  // seconds; source: vzctl(8), STOP_TIMEOUT

// True when the process has ended within the time.
Result<bool> wait_for_end(const Fd& pidfd, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    VZ_TRY(check_interrupt());
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting[2] = {{pidfd.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    const int ready = poll(waiting, 2, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (waiting[0].revents != 0) return true;
    if (ready == 0) return false;
  }
}

// Runs halt inside. A container whose halt cannot be run, or says that it failed, is not worth waiting for.
Result<bool> ask_to_halt(const GlobalConfig& global, const ContainerConfig& config, const RunState& state,
                         std::chrono::milliseconds timeout, const Fd& init) {
  Inside inside;
  inside.programs = {"halt"};
  inside.search_path = true;
  inside.argv = {"halt"};
  auto child = start_inside(global, config, state.init_pid, inside);
  if (!child) {
    log_error(child.error().text());
    return false;
  }
  const pid_t pid = child->pid();
  VZ_ASSIGN(const Fd halt, open_pidfd(pid));
  VZ_ASSIGN(const bool finished, wait_for_end(halt, timeout));
  if (!finished) return false;
  VZ_ASSIGN(const int status, child->wait());
  // The shutdown that halt has begun may kill halt itself.
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    if (number == SIGTERM || number == SIGKILL || number == SIGHUP) return true;
    log_error("Child " + std::to_string(pid) + " terminated with signal " + std::to_string(number));
    return wait_for_end(init, std::chrono::milliseconds{0});
  }
  if (WEXITSTATUS(status) > 1) {
    log_error("Child " + std::to_string(pid) + " exited with status " + std::to_string(WEXITSTATUS(status)));
    return false;
  }
  return true;
}

Result<void> kill_container(const GlobalConfig&, const ContainerConfig& config, const RunState& state,
                            const Fd& init, std::chrono::milliseconds timeout) {
  log_info("Killing container ...");
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  kill(state.init_pid, SIGKILL);
  VZ_TRY(cgroup.thaw());
  VZ_ASSIGN(const bool ended, wait_for_end(init, timeout));
  if (!ended) return fail(ExitCode::stop_failed, "Unable to stop container: operation timed out");
  return {};
}

}  // namespace

Result<void> stop_container(const GlobalConfig& global, const ContainerConfig& config,
                            const StopOptions& options) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, config.ctid));
  if (!state) {
    log_error("Unable to stop: container is not running");
    // A start that was killed may have left something.
    return clear_remains(global, config);
  }
  VZ_ASSIGN(const Fd init, open_pidfd(state->init_pid));
  unsigned seconds = config.merged.stop_timeout.value_or(0);
  if (seconds == 0) seconds = kDefaultTimeout;
  const std::chrono::milliseconds timeout = std::chrono::seconds(seconds);
  bool ended = false;
  if (!options.fast && !state->frozen) {
    VZ_TRY(run_container_script(global, config, state->init_pid, "stop"));
    log_info("Stopping container ...");
    VZ_ASSIGN(const bool halting, ask_to_halt(global, config, *state, timeout, init));
    if (halting) {
      VZ_ASSIGN(ended, wait_for_end(init, timeout));
    }
  }
  if (!ended) VZ_TRY(kill_container(global, config, *state, init, timeout));
  VZ_TRY(clear_remains(global, config));
  log_info("Container was stopped");
  if (options.skip_umount) return {};
  return umount_container(global, config);
}

}  // namespace vz
