#include "vzmigrate/incoming.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "libvz/checkpoint/engine.h"
#include "libvz/config/config_file.h"
#include "libvz/config/container_id.h"
#include "libvz/config/parameter_table.h"
#include "libvz/container/disk_quota.h"
#include "libvz/container/mount.h"
#include "libvz/container/network.h"
#include "libvz/container/ownership.h"
#include "libvz/container/start.h"
#include "libvz/container/status.h"
#include "libvz/container/stop.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/storage/area.h"
#include "vzmigrate/host_facts.h"
#include "vzmigrate/script_kinds.h"

namespace vz {

namespace {

std::string new_migration_name() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (unsigned bits = random(), digit = 0; digit < 8; ++digit, bits >>= 4) name += kDigits[bits & 15];
  }
  return name;
}

std::unexpected<Error> not_ready(std::string text) {
  return migrate_failure(MigrateCode::not_ready, std::move(text));
}

class StepTimer {
 public:
  StepTimer(protocol::Done& times, const char* name) : times_(times), name_(name) {}
  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;
  ~StepTimer() {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
    auto& step = *times_.add_steps();
    step.set_name(name_);
    step.set_milliseconds(took.count());
  }

 private:
  protocol::Done& times_;
  const char* name_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Result<void> sync_directory(const std::string& path) {
  VZ_ASSIGN(const Fd directory, open_file(path, O_RDONLY | O_DIRECTORY));
  if (fsync(directory.get()) < 0) return fail_errno(ExitCode::system, "fsync " + path);
  return {};
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

Result<void> rename_path(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) < 0) return fail_errno(ExitCode::system, "rename " + from);
  return sync_directory(parent_of(to));
}

}  // namespace

Result<protocol::CheckReply> Incoming::check(const protocol::CheckRequest& request) {
  if (request.ctid() == 0 || request.ctid() > kLargestCtid) return not_ready("bad CTID");
  config_ = default_container_config(global_, request.ctid());
  config_text_ = request.config();
  read_parameters("CT " + std::to_string(request.ctid()) + " configuration", config_text_, config_.own);
  // Where containers lie is this node's affair.
  if (global_.paths.private_area.empty() || global_.paths.root.empty()) {
    return migrate_failure(MigrateCode::remote_config, "VE_PRIVATE or VE_ROOT is not set on the destination");
  }
  config_.own.private_area = global_.paths.private_area;
  config_.own.root = global_.paths.root;
  merge_container_config(global_, config_);
  final_private_ = config_.private_area;
  auto lock = ContainerLock::acquire(global_.paths, config_.ctid);
  if (!lock) return migrate_failure(MigrateCode::locked, std::move(lock));
  lock_ = *std::move(lock);
  VZ_TRY(check_free(request));
  if (request.online()) VZ_TRY(check_engine(request));
  if (request.machine() != machine_name()) {
    return migrate_failure(MigrateCode::cpu,
                           "The destination is " + machine_name() + ", not " + request.machine());
  }
  VZ_TRY(check_space(request));
  config_.private_area = staged_private();
  migration_ = new_migration_name();
  protocol::CheckReply reply;
  reply.set_migration(migration_);
  reply.set_private_area(staged_private());
  reply.set_restored_area(final_private_);
  reply.set_rsync("rsync");
  return reply;
}

Result<void> Incoming::check_free(const protocol::CheckRequest& request) {
  const std::string id = std::to_string(config_.ctid);
  if (exists(config_.file))
    return migrate_failure(MigrateCode::exists, "CT #" + id + " already exists on destination node");
  VZ_ASSIGN(const auto state, load_run_state(global_.paths, config_.ctid));
  if (state) {
    // Without a configuration it can only be what a killed agent left standing still.
    if (!state->undumped)
      return migrate_failure(MigrateCode::exists, "CT #" + id + " runs on destination node");
    VZ_TRY(kill_frozen(global_, config_));
  }
  if (exists(final_private_) && exists(staged_file()) && !exists(staged_private())) {
    // Cut off between the two renames of a commit that did not happen.
    VZ_TRY(rename_path(final_private_, staged_private()));
  }
  if (exists(final_private_)) {
    return migrate_failure(MigrateCode::exists,
                           "Private area " + final_private_ + " already exists on destination node");
  }
  if (const auto other = find_named(global_.paths, request.name()); !request.name().empty() && other) {
    return migrate_failure(MigrateCode::exists, "Name " + request.name() + " is used by CT " +
                                                    std::to_string(*other) + " on destination node");
  }
  auto network = check_network(global_, config_);
  if (network) return {};
  if (network.error().code() == ExitCode::ip_in_use) {
    return migrate_failure(MigrateCode::ip_in_use,
                           "IP address(es) already in use on destination node: " + network.error().text());
  }
  return not_ready("destination node: " + network.error().text());
}

Result<void> Incoming::check_engine(const protocol::CheckRequest& request) {
  auto version = engine_version(global_.criu);
  if (!version) {
    return migrate_failure(MigrateCode::engine_version,
                           "The destination has no checkpoint engine that works: " + version.error().text());
  }
  const std::vector<std::string> flags(request.cpu_flags().begin(), request.cpu_flags().end());
  if (const auto lacking = missing(flags, cpu_flags()); !lacking.empty()) {
    return migrate_failure(MigrateCode::cpu, "The destination's CPU lacks: " + join(lacking, " "));
  }
  VZ_ASSIGN(const auto controllers, cgroup_controllers());
  const std::vector<std::string> wanted(request.cgroup_controllers().begin(),
                                        request.cgroup_controllers().end());
  if (const auto lacking = missing(wanted, controllers); !lacking.empty()) {
    return not_ready("The destination's cgroups lack: " + join(lacking, " "));
  }
  return {};
}

Result<void> Incoming::check_space(const protocol::CheckRequest& request) {
  VZ_ASSIGN(const TreeSize available, free_space(staged_private()));
  // What an earlier try has left is used again.
  TreeSize there;
  if (exists(staged_private())) {
    VZ_ASSIGN(there, tree_size(staged_private()));
  }
  const auto mb = [](std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; };
  if (request.size() > available.bytes + there.bytes) {
    return migrate_failure(MigrateCode::copy_failed,
                           "Insufficient disk space in " + parent_of(final_private_) +
                               " on destination node: available " + mb(available.bytes) + ", needed " +
                               mb(request.size()));
  }
  if (request.inodes() > available.inodes && available.inodes + there.inodes < request.inodes()) {
    return migrate_failure(MigrateCode::copy_failed, "Insufficient inodes on destination node: available " +
                                                         std::to_string(available.inodes) + ", needed " +
                                                         std::to_string(request.inodes()));
  }
  return {};
}

Result<void> Incoming::stage_config(const std::string& text) {
  ConfigEditor editor(text);
  VZ_TRY(editor.set("VE_ROOT", global_.paths.root));
  VZ_TRY(editor.set("VE_PRIVATE", global_.paths.private_area));
  std::string staged = editor.text();
  if (!staged.empty() && staged.back() != '\n') staged += '\n';
  staged += migration_line(migration_) + "\n";
  undo_.add("remove " + staged_file(), [file = staged_file()] { return remove_tree(file); });
  return write_file_atomically(staged_file(), staged);
}

Result<void> Incoming::prepare(const protocol::PrepareRequest& request) {
  auto staged = stage_config(config_text_);
  if (!staged) return migrate_failure(MigrateCode::apply_config, std::move(staged));
  if (!request.keep_destination()) {
    undo_.add("remove " + staged_private(), [area = staged_private()] { return remove_area(area); });
  }
  VZ_TRY(make_directories(parent_of(staged_private()), 0700));
  if (!exists(staged_private())) {
    auto made = make_area(staged_private(), 0700);
    if (!made) return migrate_failure(MigrateCode::copy_failed, std::move(made));
  }
  // Limited when it is mounted: a container that is over its limits can still move.
  count_disk(config_, staged_private());
  for (const auto& script : request.scripts()) {
    if (std::ranges::find(kScriptKinds, script.kind()) == std::end(kScriptKinds)) continue;
    const std::string path =
        global_.paths.container_configs() + "/" + std::to_string(config_.ctid) + "." + script.kind();
    undo_.add("remove " + path, [path] { return remove_tree(path); });
    VZ_TRY(write_file_atomically(path, script.content(), script.mode() & 0777));
  }
  return {};
}

Result<void> Incoming::prepare_restore() {
  const StepTimer timer(times_, "Prepare restore");
  // Already to its last place: in the freeze a rename that is safe against power loss would cost a disk's
  // time.
  undo_.add("move the private area back", [this] { return rename_path(final_private_, staged_private()); });
  VZ_TRY(rename_path(staged_private(), final_private_));
  config_.private_area = final_private_;
  auto prepared = vz::prepare_restore(global_, config_, false, undo_);
  if (!prepared) return migrate_failure(MigrateCode::restore_failed, std::move(prepared));
  prepared_ = *std::move(prepared);
  const auto ips = used_addresses(global_, config_.merged);
  VZ_ASSIGN(held_in_, PacketHold::start(ips, PacketHold::Direction::to_container));
  VZ_ASSIGN(held_out_, PacketHold::start(ips, PacketHold::Direction::from_container));
  return {};
}

Result<void> Incoming::file_begin(const protocol::FileBegin& file) {
  if (!receiver_) {
    dump_ = global_.paths.dump + "/tmp-dump." + std::to_string(config_.ctid);
    undo_.add("remove " + dump_, [dump = dump_] { return remove_tree(dump); });
    VZ_ASSIGN(receiver_, DumpReceiver::create(dump_));
  }
  return receiver_->begin(file);
}

Result<void> Incoming::file_data(const protocol::FileData& data) {
  if (!receiver_) return migrate_failure(MigrateCode::copy_failed, "data of no file");
  return receiver_->data(data);
}

Result<void> Incoming::dump_end(const protocol::DumpEnd& end) {
  keep_dump_ = end.keep();
  return receiver_ ? receiver_->end() : Result<void>{};
}

Result<void> Incoming::restore() {
  const StepTimer timer(times_, "Undump");
  if (!prepared_ || !receiver_)
    return migrate_failure(MigrateCode::restore_failed, "nothing to restore from");
  auto restored = undump_prepared(global_, config_, *prepared_, dump_);
  if (!restored) {
    // The dump goes with the undo; CRIU's log is what explains the failure.
    const std::string log = global_.paths.dump + "/Restore." + std::to_string(config_.ctid) + ".fail.log";
    if (rename((dump_ + "/restore.log").c_str(), log.c_str()) == 0) {
      return migrate_failure(MigrateCode::restore_failed, "Restore on destination node failed (log there: " +
                                                              log + "): " + restored.error().text());
    }
    return migrate_failure(MigrateCode::restore_failed, std::move(restored));
  }
  undo_.add("drop the restored container", [this] { return kill_frozen(global_, config_); });
  return {};
}

Result<void> Incoming::take_ownership() {
  const bool in_place = config_.private_area == final_private_;
  if (!in_place) VZ_TRY(rename_path(staged_private(), final_private_));
  if (keep_dump_) VZ_TRY(rename_path(dump_, global_.paths.default_dump(config_.ctid)));
  config_.private_area = final_private_;
  // The commit.
  if (auto renamed = rename_path(staged_file(), config_.file); !renamed) {
    if (in_place) return renamed;
    (void)rename_path(final_private_, staged_private());
    config_.private_area = staged_private();
    return renamed;
  }
  undo_.commit();
  return {};
}

Result<void> Incoming::commit(protocol::CommitRequest::Then then) {
  const InterruptShield shield;
  const StepTimer timer(times_, "Resume");
  if (then == protocol::CommitRequest::START) {
    auto started = start_container(global_, config_, {.force = true});
    if (!started) return migrate_failure(MigrateCode::restore_failed, std::move(started));
    undo_.add("stop the container", [this] { return stop_container(global_, config_, {.fast = true}); });
  } else if (then == protocol::CommitRequest::MOUNT) {
    auto mounted = mount_container(global_, config_);
    if (!mounted) return migrate_failure(MigrateCode::restore_failed, std::move(mounted));
    undo_.add("unmount the container", [this] { return umount_container(global_, config_); });
  }
  auto owned = take_ownership();
  if (!owned) return migrate_failure(MigrateCode::restore_failed, std::move(owned));
  if (then == protocol::CommitRequest::RESUME) {
    VZ_ASSIGN(const RunState state, require_running(global_, config_));
    VZ_TRY(resume_frozen(global_, config_, state, &*held_out_));
    held_in_->release();
    if (auto removed = remove_tree(dump_); !removed) log_error(removed.error().text());
  }
  if (const std::string name = config_.own.name.value_or(""); !name.empty()) {
    if (auto named = set_container_name(global_.paths, config_.ctid, name, ""); !named)
      log_error(named.error().text());
  }
  return {};
}

protocol::Done Incoming::take_times() {
  protocol::Done times;
  times.Swap(&times_);
  return times;
}

namespace {

// An agent whose connection is dead without its knowing may still hold the container: it is asked to end.
void end_other_agent(const GlobalConfig& global, Ctid ctid) {
  const auto lines = split(read_file(global.paths.lock_file(ctid)).value_or(""), "\n");
  const auto pid = lines.empty() ? std::nullopt : parse_int(lines[0]);
  if (!pid || *pid <= 1) return;
  const std::string command = read_file("/proc/" + std::to_string(*pid) + "/cmdline").value_or("");
  if (command.find("vzmigrate") != std::string::npos) kill(static_cast<pid_t>(*pid), SIGTERM);
}

// The agent was killed after the commit and before the container went on.
Result<void> finish_committed(const GlobalConfig& global, Ctid ctid) {
  VZ_ASSIGN(const ContainerConfig config, load_container_config(global, ctid));
  VZ_ASSIGN(const auto state, load_run_state(global.paths, ctid));
  if (!state || !state->undumped) return {};
  return resume_frozen(global, config, *state);
}

// The agent was killed before the commit: what it has started must not run here, since the source takes it
// back.
Result<void> drop_uncommitted(const GlobalConfig& global, Ctid ctid) {
  if (exists(global.paths.container_config(ctid))) return {};
  ContainerConfig config = default_container_config(global, ctid);
  const std::string staged = config.file + ".migrating";
  if (const auto text = read_file(staged)) read_parameters(staged, *text, config.own);
  merge_container_config(global, config);
  return kill_frozen(global, config);
}

}  // namespace

Result<bool> migration_outcome(const GlobalConfig& global, const protocol::OutcomeRequest& request) {
  const auto committed = [&] {
    return came_by_migration(read_file(global.paths.container_config(request.ctid())).value_or(""),
                             request.migration());
  };
  if (!committed()) end_other_agent(global, request.ctid());
  auto lock = ContainerLock::acquire(global.paths, request.ctid(), std::chrono::seconds(60));
  if (!lock) {
    // Committed, and another command works on it already.
    if (committed()) return true;
    return migrate_failure(MigrateCode::locked, std::move(lock));
  }
  if (committed()) {
    VZ_TRY(finish_committed(global, request.ctid()));
    return true;
  }
  VZ_TRY(drop_uncommitted(global, request.ctid()));
  return false;
}

}  // namespace vz
