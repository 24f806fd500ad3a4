#include "libvz/container/monitor.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "libvz/core/process.h"
#include "libvz/host/systemd_scope.h"

namespace vz {

namespace {

constexpr const char* kMonitor = VZ_LIBEXECDIR "/vzmonitor";
constexpr const char* kVzctl = VZ_SBINDIR "/vzctl";

// Becomes vzmonitor: same process, so init stays its child. Comes back only if that fails.
Result<void> become_monitor(const ContainerConfig& config, pid_t init_pid) {
  VZ_TRY(silence_standard_streams());
  close_other_fds({});
  if (chdir("/") < 0) return fail_errno(ExitCode::system, "chdir /");
  const std::string ctid = std::to_string(config.ctid);
  const std::string pid = std::to_string(init_pid);
  const char* const argv[] = {"vzmonitor", ctid.c_str(), pid.c_str(), kVzctl, nullptr};
  const std::string prefix_variable = "VZ_PREFIX=" + test_prefix();
  const char* const environment[] = {kPathVariable, prefix_variable.c_str(), nullptr};
  execve(kMonitor, const_cast<char* const*>(argv), const_cast<char* const*>(environment));
  return fail_errno(ExitCode::system, std::string("exec ") + kMonitor);
}

void leave_the_terminal() {
  setsid();
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
}

// Or whoever ends the caller's session ends the monitor, and with it the watch over the container.
void leave_the_session() {
  leave_the_terminal();
  if (auto entered = enter_systemd_scope(); !entered)
    log_error("Warning: vzmonitor stays in the unit of this command: " + entered.error().text());
}

RunState state_of(pid_t init_pid) {
  RunState state;
  state.init_pid = init_pid;
  state.init_start = process_start_time(init_pid).value_or(0);
  state.monitor_pid = getpid();
  state.monitor_start = process_start_time(getpid()).value_or(0);
  return state;
}

}  // namespace

Result<void> launch_under_monitor(const ContainerConfig& config,
                                  const std::function<Result<pid_t>()>& launch) {
  if (access(kMonitor, X_OK) < 0) return fail_errno(ExitCode::system, kMonitor);
  VZ_ASSIGN(Pipe report, make_pipe());
  // As long as the container is half-made, nobody but the caller could take it away again.
  const pid_t parent = getpid();
  VZ_ASSIGN(Child monitor, fork_child([&] {
              die_with_parent(parent);
              report.read.reset();
              leave_the_session();
              auto init_pid = launch();
              if (!init_pid) {
                (void)send_result(report.write.get(), fail(std::move(init_pid)));
                return 1;
              }
              outlive_parent();
              (void)send_result(report.write.get(), {});
              report.write.reset();
              (void)become_monitor(config, *init_pid);
              return 1;
            }));
  report.write.reset();
  auto result = receive_result(report.read.get(), "the container's start");
  if (!result) {
    VZ_TRY(monitor.wait());
    return result;
  }
  monitor.release();
  return {};
}

Result<bool> is_unwatched(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, config.ctid));
  return state && process_start_time(state->monitor_pid) != state->monitor_start;
}

Result<void> ensure_monitor(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const bool unwatched, is_unwatched(global, config));
  if (!unwatched) return {};
  VZ_ASSIGN(auto state, load_run_state(global.paths, config.ctid));
  if (!state) return {};
  VZ_ASSIGN(Pipe report, make_pipe());
  // Forked twice: the monitor belongs to nobody.
  VZ_ASSIGN(Child starter, fork_child([&] {
              report.read.reset();
              if (fork() != 0) return 0;
              leave_the_session();
              RunState adopted = state_of(state->init_pid);
              adopted.frozen = state->frozen;
              adopted.undumped = state->undumped;
              auto saved = save_run_state(global.paths, config.ctid, adopted);
              (void)send_result(report.write.get(), saved);
              report.write.reset();
              if (saved) (void)become_monitor(config, state->init_pid);
              _exit(1);
            }));
  report.write.reset();
  VZ_TRY(starter.wait());
  return receive_result(report.read.get(), "vzmonitor");
}

Result<void> record_start(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid) {
  return save_run_state(global.paths, config.ctid, state_of(init_pid));
}

}  // namespace vz
