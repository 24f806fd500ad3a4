#include "libvz/container/start.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "libvz/config/save.h"
#include "libvz/container/action_scripts.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/console.h"
#include "libvz/container/environment.h"
#include "libvz/container/exec.h"
#include "libvz/container/monitor.h"
#include "libvz/container/mount.h"
#include "libvz/container/network.h"
#include "libvz/container/ownership.h"
#include "libvz/container/restore.h"
#include "libvz/container/status.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"

namespace vz {

namespace {

// In the process that becomes vzmonitor.
Result<pid_t> launch(const GlobalConfig& global, const ContainerConfig& config, const StartOptions& options) {
  UndoStack undo;
  AddressProbe probe(global,
                     options.skip_setup ? std::vector<IpAddress>{} : used_addresses(global, config.merged));
  VZ_ASSIGN(Environment environment, make_environment(global, config, options.skip_setup, undo));
  PreparedInit& init = environment.init;
  VZ_TRY(run_container_script(global, config, init.pid, "start"));
  VZ_TRY(probe.require_unused());
  VZ_TRY(record_start(global, config, init.pid));
  VZ_TRY(serve_console(global, config, init.pid, std::move(init.console)));
  VZ_TRY(execute_init(init));
  undo.commit();
  if (!options.skip_setup) announce_network(global, config, init.pid);
  probe.finish();
  return init.pid;
}

// Owners on the disk are what they are inside. An area whose owners were shifted themselves, as for a
// container of vzctl 4.x on a mainline kernel, would be shifted twice.
Result<void> check_owner(const ContainerConfig& config) {
  struct stat status {};
  if (stat(config.private_area.c_str(), &status) < 0)
    return fail_errno(ExitCode::bad_template, "stat " + config.private_area);
  if (status.st_uid == 0 && status.st_gid == 0) return {};
  return fail(ExitCode::bad_template,
              "Container private area is owned by " + std::to_string(status.st_uid) + ":" +
                  std::to_string(status.st_gid) +
                  ", but must be owned by 0:0, whatever LOCAL_UID and LOCAL_GID are.\n"
                  "Refusing to run.");
}

Result<void> start_afresh(const GlobalConfig& global, const ContainerConfig& config,
                          const StartOptions& options) {
  log_info("Starting container...");
  VZ_TRY(check_owner(config));
  UndoStack undo;
  VZ_TRY(mount_for_run(global, config, options.skip_remount, undo));
  auto started = launch_under_monitor(config, [&] { return launch(global, config, options); });
  if (!started) {
    log_error(started.error().text());
    const bool no_init = started.error().code() == ExitCode::bad_template;
    return fail(started.error().code(),
                no_init ? "Container start failed"
                        : "Container start failed (try to check kernel messages, e.g. \"dmesg | tail\")");
  }
  undo.commit();
  log_info("Container start in progress...");
  return {};
}

// A container whose memory is limited has both limits. Source: vzctl 4.x, VSwap configurations.
Result<void> check_required_limits(const Parameters& parameters) {
  if (!is_vswap(parameters) || parameters.swappages) return {};
  return fail(ExitCode::not_enough_ubc, "Error: required UB parameter swappages not set");
}

Result<void> start(const GlobalConfig& global, const ContainerConfig& config, const StartOptions& options) {
  if (config.merged.disabled.value_or(false) && !options.force) {
    return fail(ExitCode::start_disabled, "Container start disabled");
  }
  VZ_TRY(check_areas(config));
  VZ_TRY(check_required_limits(config.merged));
  VZ_ASSIGN(const Status status, container_status(global, config));
  if (status.running) return fail(ExitCode::running, "Container is already running");
  VZ_TRY(check_no_pending_migration(global.paths, config.ctid));
  VZ_TRY(clear_remains(global, config));
  StartOptions how = options;
  if (const std::string dump = global.paths.default_dump(config.ctid); exists(dump)) {
    log_info("Dump file " + dump + " exists, trying to restore from it");
    auto restored =
        restore_container(global, config, {.dumpfile = dump, .skip_remount = options.skip_remount});
    if (restored) return {};
    log_error(restored.error().text());
    how.skip_remount = true;
  }
  VZ_TRY(start_afresh(global, config, how));
  if (auto removed = remove_tree(global.paths.default_dump(config.ctid)); !removed) {
    log_error("Warning: failed to remove dump file: " + removed.error().text());
  }
  if (options.wait) return wait_until_booted(global, config);
  return {};
}

}  // namespace

Result<void> start_container(const GlobalConfig& global, const ContainerConfig& config,
                             const StartOptions& options) {
  auto started = start(global, config, options);
  // From then on a change of the default in vz.conf means nothing to it.
  if (!config.own.layout && exists(config.file) && exists(config.private_area)) {
    log_info("Saving VE layout '" + layout_text(Layout::simfs) + "' to the VE config file");
    Parameters found;
    found.layout = Layout::simfs;
    if (auto saved = save_parameters(config.file, found); !saved) log_error(saved.error().text());
  }
  return started;
}

Result<void> wait_until_booted(const GlobalConfig& global, const ContainerConfig& config) {
  log_info("Container start in progress, waiting ...");
  VZ_ASSIGN(const RunState state, require_running(global, config));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  // systemd says so itself; without it a started init is all there is to know.
  const std::string script =
      "[ -d /run/systemd/system ] || exit 0\n"
      "case $(systemctl is-system-running 2>/dev/null) in running|degraded) exit 0;; esac\nexit 75\n";
  while (std::chrono::steady_clock::now() < deadline) {
    VZ_TRY(check_interrupt());
    VZ_ASSIGN(const Finished finished, run_script_inside(global, config, state.init_pid, script,
                                                         {kPathVariable}, std::chrono::minutes(5)));
    if (finished.ok()) {
      log_info("Container started successfully");
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return fail(ExitCode::wait_failed, "Container wait failed - timeout expired");
}

}  // namespace vz
