#include "libvz/container/restore.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "libvz/checkpoint/dump_info.h"
#include "libvz/checkpoint/engine.h"
#include "libvz/checkpoint/external_mounts.h"
#include "libvz/checkpoint/view_files.h"
#include "libvz/container/checkpoint.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/console.h"
#include "libvz/container/engine_task.h"
#include "libvz/container/limits.h"
#include "libvz/container/monitor.h"
#include "libvz/container/mount.h"
#include "libvz/container/network.h"
#include "libvz/container/ownership.h"
#include "libvz/container/proc_view.h"
#include "libvz/container/status.h"
#include "libvz/container/suspend.h"
#include "libvz/container/unfinished.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/host/enforcement.h"
#include "libvz/host/lxcfs.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/isolation/console.h"
#include "libvz/isolation/device_nodes.h"
#include "libvz/isolation/devices.h"
#include "libvz/isolation/namespaces.h"
#include "libvz/network/loopback.h"
#include "libvz/network/names.h"

namespace vz {

namespace {

Result<std::vector<std::string>> external_for(const GlobalConfig& global, const ContainerConfig& config,
                                              const DumpInfo& info) {
  auto external = external_mounts_for(container_devices(config.merged).names(),
                                      global.paths.device_nodes_of(config.ctid));
  for (const auto& view : external_view_files_for(lxcfs_or_warning(global.paths))) external.push_back(view);
  std::vector<std::string> known;
  if (!used_addresses(global, config.merged).empty()) {
    known.emplace_back(kVenetName);
    external.push_back("veth[venet0]:" + venet_host_name(config.ctid));
  }
  for (const auto& veth : complete_veths(config, config.merged.netif.value_or(std::vector<Veth>{}), Mac{})) {
    known.push_back(veth.ifname);
    external.push_back("veth[" + veth.ifname + "]:" + veth.host_ifname);
  }
  for (const auto& ifname : info.veth_ifnames) {
    if (std::ranges::find(known, ifname) == known.end()) {
      return fail(ExitCode::restore,
                  "The dump has a network interface " + ifname + " that the configuration has not");
    }
  }
  return external;
}

Result<void> check_dump(const ContainerConfig& config, const DumpInfo& info) {
  if (info.ctid != config.ctid) {
    return fail(ExitCode::restore, "The dump is of container " + std::to_string(info.ctid));
  }
  if (info.uid_base != config.uid_base() || info.gid_base != config.gid_base()) {
    return fail(ExitCode::restore, "The dump was made with LOCAL_UID " + std::to_string(info.uid_base) +
                                       ", LOCAL_GID " + std::to_string(info.gid_base) +
                                       "; the configuration has others");
  }
  return {};
}

// The other terminals' programs were started from outside, by vzctl enter; they see a hangup.
Fd take_console(std::vector<Fd>& terminals) {
  for (auto& terminal : terminals) {
    if (is_console_master(terminal.get())) return std::move(terminal);
  }
  return {};
}

// In the process that becomes vzmonitor. The container stands still afterwards, its gate is closed.
Result<pid_t> undump(const GlobalConfig& global, const ContainerConfig& config,
                     const PreparedRestore& prepared) {
  UndoStack undo;
  Fd netns;
  VZ_ASSIGN(Recreated recreated, engine_restore(prepared.task, [&](pid_t init) -> Result<void> {
              VZ_ASSIGN(netns, open_file("/proc/" + std::to_string(init) + "/ns/net", O_RDONLY));
              VZ_TRY(stop_loopback(netns.get()));
              return attach_restored_network(global, config);
            }));
  const pid_t init_pid = recreated.init_pid;
  undo.add("kill the restored container", [cgroup = prepared.cgroup, init_pid]() mutable -> Result<void> {
    VZ_TRY(cgroup.kill_all(std::chrono::seconds(30)));
    while (waitpid(init_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return {};
  });
  // The dump may come from a node without lxcfs.
  renew_view(global, config.ctid, init_pid);
  VZ_TRY(let_loopback_pass(netns.get()));
  Cgroup cgroup = prepared.cgroup;
  warn_of_missing(config.merged, Occasion::start, config.private_area);
  VZ_TRY(limit_group(config, cgroup, Limiting::restored));
  VZ_TRY(limit_inside(config, cgroup, init_pid));
  VZ_TRY(cgroup.allow_devices(container_devices(config.merged).permissions));
  VZ_TRY(record_start(global, config, init_pid));
  VZ_ASSIGN(auto state, load_run_state(global.paths, config.ctid));
  if (!state) return fail(ExitCode::restore, "the restored container ended at once");
  VZ_TRY(serve_console(global, config, init_pid, take_console(recreated.terminals)));
  state->frozen = true;
  state->undumped = true;
  VZ_TRY(save_run_state(global.paths, config.ctid, *state));
  undo.commit();
  return init_pid;
}

}  // namespace

Result<PreparedRestore> prepare_restore(const GlobalConfig& global, const ContainerConfig& config,
                                        bool skip_remount, UndoStack& undo) {
  VZ_TRY(check_areas(config));
  VZ_TRY(clear_remains(global, config));
  undo.add("remove the run state",
           [&global, &config] { return remove_run_state(global.paths, config.ctid); });
  VZ_TRY(open_run_state(global.paths, config.ctid));
  VZ_TRY(mount_for_run(global, config, skip_remount, undo));
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  undo.add("remove the cgroup", [cgroup]() mutable -> Result<void> {
    VZ_TRY(cgroup.kill_all(std::chrono::seconds(30)));
    return cgroup.remove();
  });
  VZ_TRY(cgroup.create(config.uid_base(), config.gid_base()));
  const DeviceDirectory devices{global.paths.device_nodes_of(config.ctid), config.uid_base(),
                                config.gid_base()};
  undo.add("remove the device nodes", [path = devices.path] { return remove_device_nodes(path); });
  VZ_TRY(make_device_nodes(devices, container_devices(config.merged).nodes));
  VZ_TRY(check_network(global, config));
  VZ_TRY(prepare_restored_network(global, config, undo));
  VZ_ASSIGN(EngineTask task, engine_task(global, config, cgroup));
  return PreparedRestore{std::move(cgroup), std::move(task)};
}

Result<void> undump_prepared(const GlobalConfig& global, const ContainerConfig& config,
                             PreparedRestore& prepared, const std::string& dumpfile) {
  VZ_ASSIGN(const DumpInfo info, read_dump_info(dumpfile));
  VZ_TRY(check_dump(config, info));
  prepared.task.images = dumpfile;
  VZ_ASSIGN(prepared.task.external, external_for(global, config, info));
  VZ_TRY(prepared.cgroup.make_children(info.cgroups, config.uid_base(), kIdCount));
  VZ_TRY(open_dump_to(dumpfile, config.gid_base()));
  auto launched = launch_under_monitor(config, [&] { return undump(global, config, prepared); });
  auto closed = close_dump(dumpfile);
  return launched ? closed : launched;
}

namespace {

Result<void> undump_container(const GlobalConfig& global, const ContainerConfig& config,
                              const std::string& dumpfile, bool skip_remount) {
  VZ_TRY(read_dump_info(dumpfile));
  UndoStack undo;
  VZ_ASSIGN(PreparedRestore prepared, prepare_restore(global, config, skip_remount, undo));
  log_info("\tundump...");
  auto restored = undump_prepared(global, config, prepared, dumpfile);
  if (!restored) return fail(ExitCode::restore, "Restore error, undump failed: " + restored.error().text());
  undo.commit();
  return {};
}

Result<RunState> require_undumped(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, config.ctid));
  if (state && state->undumped) return *state;
  return fail(ExitCode::restore, "Container is not undumped: use restore --undump first");
}

Result<void> restore_fully(const GlobalConfig& global, const ContainerConfig& config,
                           const std::string& dumpfile, const RestoreOptions& options) {
  log_info("Restoring container ...");
  VZ_ASSIGN(const KillGuard guard, guard_restore(global, config, dumpfile, options.keep_dump));
  VZ_TRY(undump_container(global, config, dumpfile, options.skip_remount));
  // A half-done change of owner is none: from here it runs.
  const InterruptShield shield;
  log_info("\tresume...");
  VZ_ASSIGN(const RunState state, require_undumped(global, config));
  VZ_TRY(resume_frozen(global, config, state));
  log_info("Container start in progress...");
  if (!options.keep_dump) {
    if (auto removed = remove_tree(dumpfile); !removed) {
      log_error("Warning: failed to remove dump file: " + removed.error().text());
    }
  }
  log_info("Restoring completed successfully");
  return {};
}

}  // namespace

Result<void> restore_container(const GlobalConfig& global, const ContainerConfig& config,
                               const RestoreOptions& options) {
  const std::string dumpfile =
      options.dumpfile.empty() ? global.paths.default_dump(config.ctid) : options.dumpfile;
  if (options.stage == RestoreStage::kill) {
    VZ_TRY(require_undumped(global, config));
    log_info("Killing...");
    return kill_frozen(global, config);
  }
  if (options.stage == RestoreStage::resume) {
    VZ_ASSIGN(const RunState state, require_undumped(global, config));
    log_info("Resuming...");
    VZ_TRY(resume_frozen(global, config, state));
    log_info("Container start in progress...");
    return {};
  }
  if (options.stage == RestoreStage::undump && options.dumpfile.empty()) {
    return fail(ExitCode::invalid_syntax, "Error: dumpfile is not specified");
  }
  VZ_ASSIGN(const Status status, container_status(global, config));
  // Paused, or suspended without a dump.
  if (status.running && status.run_state->frozen && options.stage == RestoreStage::all) {
    return checkpoint_container(global, config, {.stage = CheckpointStage::resume, .dumpfile = {}});
  }
  if (status.running) return fail(ExitCode::running, "Unable to perform restore: container already running");
  VZ_TRY(check_no_pending_migration(global.paths, config.ctid));
  auto done = options.stage == RestoreStage::undump
                  ? undump_container(global, config, dumpfile, options.skip_remount)
                  : restore_fully(global, config, dumpfile, options);
  if (done) return done;
  log_error(done.error().text());
  return fail(ExitCode::restore, "Container restore failed");
}

}  // namespace vz
