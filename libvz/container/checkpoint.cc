#include "libvz/container/checkpoint.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libvz/checkpoint/dump_info.h"
#include "libvz/checkpoint/engine.h"
#include "libvz/checkpoint/engine_record.h"
#include "libvz/checkpoint/external_mounts.h"
#include "libvz/checkpoint/link_names.h"
#include "libvz/checkpoint/obstacles.h"
#include "libvz/checkpoint/view_files.h"
#include "libvz/checkpoint/watches.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/engine_task.h"
#include "libvz/container/mount.h"
#include "libvz/container/netdevs.h"
#include "libvz/container/network.h"
#include "libvz/container/ownership.h"
#include "libvz/container/proc_view.h"
#include "libvz/container/status.h"
#include "libvz/container/suspend.h"
#include "libvz/container/unfinished.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/network/gate.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kFreezeTimeout{30};

Result<RunState> require_frozen(const GlobalConfig& global, const ContainerConfig& config, bool frozen) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, config.ctid));
  if (!state) return fail(ExitCode::not_running, "Unable to setup checkpointing: container is not running");
  if (state->frozen == frozen) return *state;
  return fail(ExitCode::checkpoint, frozen
                                        ? "Container is not suspended: use chkpnt --suspend first"
                                        : "Container is already suspended: use --dump, --kill or --resume");
}

Result<void> save_frozen(const GlobalConfig& global, const ContainerConfig& config, RunState state,
                         bool frozen) {
  state.frozen = frozen;
  if (!frozen) state.undumped = false;
  return save_run_state(global.paths, config.ctid, state);
}

// The directory for a new dump; an older one of that name is replaced only when the new one is complete.
Result<void> make_dump_directory(const std::string& directory) {
  VZ_TRY(remove_tree(directory));
  VZ_TRY(make_directories(directory.substr(0, directory.rfind('/')), 0700));
  if (mkdir(directory.c_str(), 0700) < 0) return fail_errno(ExitCode::checkpoint, "mkdir " + directory);
  return {};
}

Result<void> write_info(const GlobalConfig& global, const ContainerConfig& config, const PreparedDump& dump,
                        const std::string& directory) {
  utsname host{};
  uname(&host);
  DumpInfo info{.ctid = config.ctid,
                .uid_base = config.uid_base(),
                .gid_base = config.gid_base(),
                .engine = global.criu,
                .kernel = host.release,
                .cgroups = {},
                .veth_ifnames = {}};
  VZ_ASSIGN(info.cgroups, dump.cgroup.children());
  if (!used_addresses(global, config.merged).empty()) info.veth_ifnames.emplace_back("venet0");
  for (const auto& veth : config.merged.netif.value_or(std::vector<Veth>{}))
    info.veth_ifnames.push_back(veth.ifname);
  return write_dump_info(directory, info);
}

// CRIU's log outlives the images of a failed dump, so that the reason can be looked up.
void keep_log(const std::string& directory, const std::string& dumpfile) {
  (void)rename((directory + "/dump.log").c_str(), (dumpfile + ".fail.log").c_str());
}

}  // namespace

Result<PreparedDump> prepare_dump(const GlobalConfig& global, const ContainerConfig& config,
                                  const RunState& state) {
  VZ_TRY(require_no_netdevs(global.paths, config.ctid));
  VZ_TRY(require_no_obstacles(state.init_pid, config.uid_base() != 0));
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  const Cgroup cgroup(layout, config.ctid);
  VZ_ASSIGN(EngineTask task, engine_task(global, config, cgroup));
  VZ_ASSIGN(const auto mounts, external_mounts_of(state.init_pid, global.paths.device_nodes_of(config.ctid)));
  // Dead files of an lxcfs that is no more cannot be dumped.
  renew_view(global, config.ctid, state.init_pid);
  VZ_ASSIGN(const auto views, external_view_files_of(state.init_pid));
  for (const auto& view : views) task.external.push_back(view);
  for (const auto& mount : mounts) task.external.push_back(mount);
  VZ_ASSIGN(const auto pids, cgroup.processes());
  task.watched = watched_directories(config.root, pids);
  return PreparedDump{cgroup, std::move(task), state.init_pid};
}

Result<void> freeze_container(const GlobalConfig& global, const ContainerConfig& config, PreparedDump& dump,
                              const RunState& state, UndoStack& undo) {
  const auto host_ends = host_interfaces(config);
  undo.add("note that the container runs",
           [&global, &config, state] { return save_frozen(global, config, state, false); });
  VZ_TRY(save_frozen(global, config, state, true));
  undo.add("thaw the container", [cgroup = dump.cgroup]() mutable { return cgroup.thaw(); });
  undo.add("remove helper names",
           [task = dump.task] { return remove_noted_link_names(task.link_names, task.files); });
  VZ_TRY(dump.cgroup.freeze(kFreezeTimeout));
  // Only now: a packet that a running process sent into a closed gate would be missing for a retransmission's
  // time.
  undo.add("let the container's traffic pass", [host_ends] { return open_gate(host_ends); });
  return close_gate(host_ends);
}

Result<void> write_dump(const GlobalConfig& global, const ContainerConfig& config, PreparedDump& dump,
                        const std::string& dumpfile) {
  const std::string directory = dumpfile + ".part";
  UndoStack undo;
  undo.add("remove the incomplete dump", [directory] { return remove_tree(directory); });
  VZ_TRY(make_dump_directory(directory));
  dump.task.images = directory;
  if (auto dumped = engine_dump(dump.task, dump.init_pid); !dumped) {
    keep_log(directory, dumpfile);
    const std::string text = dumped.error().text();
    std::string shown = text;
    if (const auto at = shown.find(directory + "/dump.log"); at != std::string::npos) {
      shown.replace(at, directory.size() + 9, dumpfile + ".fail.log");
    }
    return fail(ExitCode::checkpoint, shown);
  }
  VZ_TRY(write_info(global, config, dump, directory));
  VZ_TRY(close_dump(directory));
  VZ_TRY(remove_tree(dumpfile));
  if (rename(directory.c_str(), dumpfile.c_str()) < 0)
    return fail_errno(ExitCode::checkpoint, "rename " + directory);
  undo.commit();
  return {};
}

Result<void> kill_frozen(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  VZ_TRY(cgroup.kill_all(std::chrono::seconds(30)));
  VZ_TRY(clear_remains(global, config));
  VZ_ASSIGN(const Status status, container_status(global, config));
  return status.mounted ? umount_container(global, config) : Result<void>{};
}

Result<void> resume_frozen(const GlobalConfig& global, const ContainerConfig& config, const RunState& state,
                           PacketHold* held) {
  // If there still is one, whoever had started it was killed.
  VZ_TRY(end_recorded_engine(engine_record(global.paths, config.ctid)));
  VZ_TRY(remove_noted_link_names(noted_link_names(global.paths, config.ctid), config.private_area));
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  VZ_TRY(open_gate(host_interfaces(config)));
  VZ_TRY(cgroup.thaw());
  if (held != nullptr) held->release();
  announce_network(global, config, state.init_pid);
  return save_frozen(global, config, state, false);
}

namespace {

Result<void> suspend_only(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const RunState state, require_frozen(global, config, false));
  log_info("Setting up checkpoint...");
  log_info("\tsuspend...");
  VZ_ASSIGN(PreparedDump dump, prepare_dump(global, config, state));
  UndoStack undo;
  VZ_TRY(freeze_container(global, config, dump, state, undo));
  undo.commit();
  return {};
}

Result<void> dump_only(const GlobalConfig& global, const ContainerConfig& config,
                       const std::string& dumpfile) {
  VZ_ASSIGN(const RunState state, require_frozen(global, config, true));
  log_info("\tdump...");
  VZ_ASSIGN(PreparedDump dump, prepare_dump(global, config, state));
  return write_dump(global, config, dump, dumpfile);
}

Result<void> checkpoint_fully(const GlobalConfig& global, const ContainerConfig& config,
                              const std::string& dumpfile) {
  VZ_ASSIGN(const RunState state, require_frozen(global, config, false));
  log_info("Setting up checkpoint...");
  VZ_ASSIGN(PreparedDump dump, prepare_dump(global, config, state));
  VZ_ASSIGN(const KillGuard guard, guard_checkpoint(global, config, state, dumpfile));
  UndoStack undo;
  log_info("\tsuspend...");
  VZ_TRY(freeze_container(global, config, dump, state, undo));
  log_info("\tdump...");
  VZ_TRY(write_dump(global, config, dump, dumpfile));
  // From here the dump is the container.
  undo.commit();
  log_info("\tkill...");
  VZ_TRY(kill_frozen(global, config));
  log_info("Checkpointing completed successfully");
  return {};
}

}  // namespace

Result<void> checkpoint_container(const GlobalConfig& global, const ContainerConfig& config,
                                  const CheckpointOptions& options) {
  const std::string dumpfile =
      options.dumpfile.empty() ? global.paths.default_dump(config.ctid) : options.dumpfile;
  switch (options.stage) {
    case CheckpointStage::suspend:
      return suspend_only(global, config);
    case CheckpointStage::dump:
      if (options.dumpfile.empty()) return fail(ExitCode::invalid_syntax, "Error: dumpfile is not specified");
      return dump_only(global, config, dumpfile);
    case CheckpointStage::kill: {
      VZ_TRY(require_frozen(global, config, true));
      log_info("Killing...");
      return kill_frozen(global, config);
    }
    case CheckpointStage::resume: {
      VZ_ASSIGN(const RunState state, require_frozen(global, config, true));
      VZ_TRY(check_no_pending_migration(global.paths, config.ctid));
      log_info("Resuming...");
      return resume_frozen(global, config, state);
    }
    case CheckpointStage::all:
      break;
  }
  auto done = checkpoint_fully(global, config, dumpfile);
  if (!done && done.error().code() != ExitCode::not_running) {
    log_error(done.error().text());
    return fail(ExitCode::checkpoint, "Checkpointing failed");
  }
  return done;
}

}  // namespace vz
