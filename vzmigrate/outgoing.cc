#include "vzmigrate/outgoing.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "libvz/checkpoint/engine.h"
#include "libvz/config/container_id.h"
#include "libvz/container/destroy.h"
#include "libvz/container/mount.h"
#include "libvz/container/netdevs.h"
#include "libvz/container/network.h"
#include "libvz/container/ownership.h"
#include "libvz/container/start.h"
#include "libvz/container/stop.h"
#include "libvz/container/suspend.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/network/packet_hold.h"
#include "vzmigrate/dump_transfer.h"
#include "vzmigrate/host_facts.h"
#include "vzmigrate/script_kinds.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kOutcomePatience{60};

std::string id_of(const ContainerConfig& config) {
  return std::to_string(config.ctid);
}

}  // namespace

void Outgoing::say(const std::string& text, int level) const {
  log_info(std::string(level > 0 ? "   " : "") + text, level);
}

Result<protocol::Done> Outgoing::ask(const protocol::Message& request) {
  if (auto sent = connection_->agent().send(request); !sent) {
    // It may have said why before it went.
    auto reason = connection_->agent().receive_reply();
    return reason ? fail(std::move(sent)) : fail(std::move(reason));
  }
  return connection_->agent().receive_done();
}

void Outgoing::note_remote_times(const protocol::Done& done, bool frozen) {
  for (const auto& step : done.steps()) {
    timeline_.add(step.name() + " (there)", std::chrono::duration<double>(step.milliseconds() / 1000),
                  frozen);
  }
}

Result<void> Outgoing::migrate(const std::string& word) {
  VZ_TRY(look_up(word));
  VZ_TRY(settle_pending());
  say(std::string("Starting ") + (options_.online ? "live " : "") + "migration of CT " + id_of(config_) +
      " to " + options_.host);
  timeline_.begin("Connect and check");
  if (connection_ == nullptr) {
    VZ_ASSIGN(connection_, Connection::open(options_));
  }
  VZ_TRY(check());
  if (options_.check_only) return {};
  VZ_TRY(prepare());
  auto moved = options_.online ? move_online() : move_offline();
  if (!moved) return moved;
  timeline_.end();
  if (options_.times) std::printf("%s", timeline_.report().c_str());
  return {};
}

Result<void> Outgoing::look_up(const std::string& word) {
  auto ctid = resolve_ctid(global_.paths, word);
  if (!ctid) return migrate_failure(MigrateCode::not_exists, "CT " + word + " doesn't exist");
  auto lock = ContainerLock::acquire(global_.paths, *ctid);
  if (!lock) return migrate_failure(MigrateCode::locked, std::move(lock));
  lock_ = *std::move(lock);
  say("Locked CT " + std::to_string(*ctid));
  auto config = load_container_config(global_, *ctid);
  if (!config)
    return migrate_failure(MigrateCode::not_exists, "CT #" + std::to_string(*ctid) + " doesn't exist");
  config_ = *std::move(config);
  VZ_ASSIGN(status_, container_status(global_, config_));
  if (!status_.exists)
    return migrate_failure(MigrateCode::not_exists, "CT #" + id_of(config_) + " doesn't exist");
  return {};
}

// An earlier migration did not hear the end of its commit. The other side knows.
Result<void> Outgoing::settle_pending() {
  VZ_ASSIGN(const auto pending, pending_migration(global_.paths, config_.ctid));
  if (!pending) return {};
  MigrateOptions there = options_;
  there.host = pending->host;
  VZ_ASSIGN(connection_, Connection::open(there));
  VZ_ASSIGN(const bool committed, ask_for_outcome(pending->migration));
  connection_.reset();
  if (committed) {
    say("The earlier migration to " + pending->host + " was committed: clearing up here");
    VZ_TRY(clear_source());
    return migrate_failure(MigrateCode::not_exists, "CT #" + id_of(config_) + " is on " + pending->host);
  }
  VZ_TRY(clear_pending_migration(global_.paths, config_.ctid));
  if (status_.run_state && status_.run_state->frozen) {
    VZ_TRY(resume_frozen(global_, config_, *status_.run_state));
    VZ_ASSIGN(status_, container_status(global_, config_));
  }
  return {};
}

Result<void> Outgoing::check() {
  if (options_.online && !status_.running) {
    return migrate_failure(MigrateCode::stopped, "Can't perform live migration of a stopped container");
  }
  if (status_.run_state && status_.run_state->frozen) {
    return migrate_failure(MigrateCode::suspend_failed,
                           "Container is suspended in memory: resume or kill it first");
  }
  if (options_.online) {
    if (auto none = require_no_netdevs(global_.paths, config_.ctid); !none)
      return migrate_failure(MigrateCode::suspend_failed, std::move(none));
  } else if (config_.merged.netdev && !config_.merged.netdev->empty()) {
    say("Warning: the container has network devices (NETDEV): " + options_.host +
        " needs ones of the same names to start it");
  }
  protocol::Message message;
  auto& request = *message.mutable_check();
  request.set_ctid(config_.ctid);
  VZ_ASSIGN(*request.mutable_config(), read_file(config_.file));
  request.set_name(config_.own.name.value_or(""));
  request.set_online(options_.online);
  request.set_running(status_.running);
  VZ_ASSIGN(const TreeSize size, tree_size(config_.private_area));
  request.set_size(size.bytes);
  request.set_inodes(size.inodes);
  request.set_machine(machine_name());
  if (options_.online) {
    auto version = engine_version(global_.criu);
    if (!version) {
      return migrate_failure(MigrateCode::engine_version,
                             "No checkpoint engine works here: " + version.error().text());
    }
    request.set_engine(*version);
    VZ_ASSIGN(const auto controllers, cgroup_controllers());
    for (const auto& name : controllers) request.add_cgroup_controllers(name);
    if (!options_.ignore_cpu) {
      for (const auto& flag : cpu_flags()) request.add_cpu_flags(flag);
    }
  } else {
    request.set_engine("");
  }
  VZ_TRY(connection_->agent().send(message));
  VZ_ASSIGN(const auto reply, connection_->agent().receive_reply());
  if (!reply.has_check_reply()) return migrate_failure(MigrateCode::cannot_connect, "unexpected answer");
  destination_ = reply.check_reply();
  return {};
}

Result<void> Outgoing::prepare() {
  say("Preparing remote node");
  timeline_.begin("Prepare");
  protocol::Message message;
  auto& request = *message.mutable_prepare();
  request.set_keep_destination(options_.keep_destination);
  for (const char* kind : kScriptKinds) {
    const std::string path = global_.paths.container_configs() + "/" + id_of(config_) + "." + kind;
    struct stat status;
    if (stat(path.c_str(), &status) < 0) continue;
    auto& script = *request.add_scripts();
    script.set_kind(kind);
    script.set_mode(status.st_mode & 0777);
    VZ_ASSIGN(*script.mutable_content(), read_file(path));
  }
  VZ_TRY(ask(message));
  return {};
}

Result<void> Outgoing::copy_private(const char* phase, CopyPass pass, bool progress) {
  timeline_.begin(phase);
  VZ_ASSIGN(Child rsync, connection_->start_rsync(config_.private_area, destination_.private_area(),
                                                  {"--sparse"}, progress));
  return Connection::finish_rsync(std::move(rsync), pass);
}

Result<void> Outgoing::send_dump_and_wait(const std::string& directory, bool keep) {
  auto sent = send_dump(connection_->agent(), directory, keep);
  if (!sent) {
    auto reason = connection_->agent().receive_reply();
    return reason ? migrate_failure(MigrateCode::copy_failed, std::move(sent)) : fail(std::move(reason));
  }
  VZ_TRY(connection_->agent().receive_done());
  return {};
}

// Of a file that is open but whose name is gone, CRIU makes a new name beside it while it dumps; rsync may
// have been there before.
Result<void> Outgoing::copy_link_remaps(const std::string& dump_directory) {
  const auto files = read_file(dump_directory + "/files.img");
  if (!files || files->find("link_remap.") == std::string::npos) return {};
  VZ_ASSIGN(Child rsync,
            connection_->start_rsync(config_.private_area, destination_.restored_area(),
                                     {"--include=*/", "--include=link_remap.*", "--exclude=*"}, false));
  return Connection::finish_rsync(std::move(rsync), CopyPass::last);
}

// The file system stands still with the container, so it is compared while CRIU dumps.
Result<void> Outgoing::dump_and_copy(PreparedDump& dump, const std::string& dump_directory) {
  const auto start = Timeline::Clock::now();
  VZ_ASSIGN(Child rsync, connection_->start_rsync(config_.private_area, destination_.restored_area(),
                                                  {"--sparse"}, false));
  auto dumped = write_dump(global_, config_, dump, dump_directory);
  if (!dumped) return migrate_failure(MigrateCode::suspend_failed, std::move(dumped));
  timeline_.begin("Copy dump file");
  VZ_TRY(send_dump_and_wait(dump_directory, false));
  timeline_.begin("Wait for second rsync");
  VZ_TRY(Connection::finish_rsync(std::move(rsync), CopyPass::last));
  timeline_.add("Second rsync (meanwhile)", Timeline::Clock::now() - start, true);
  return copy_link_remaps(dump_directory);
}

Result<void> Outgoing::move_online() {
  say("Syncing private");
  VZ_TRY(copy_private("First rsync", CopyPass::of_a_running_container, true));
  // A second pass takes what changed during a long first one, so that the one in the freeze finds little.
  VZ_TRY(copy_private("Rsync again", CopyPass::of_a_running_container, false));
  protocol::Message message;
  message.mutable_prepare_restore();
  timeline_.begin("Prepare restore");
  VZ_TRY(ask(message));
  say("Live migrating container...");
  timeline_.begin("Prepare dump");
  VZ_ASSIGN(PreparedDump dump, prepare_dump(global_, config_, *status_.run_state));
  const std::string dump_directory = global_.paths.dump + "/tmp-dump." + id_of(config_);
  UndoStack undo;
  undo.add("remove " + dump_directory, [dump_directory] { return remove_tree(dump_directory); });
  VZ_ASSIGN(guard_, start_thaw_guard(global_, config_));
  const auto ips = used_addresses(global_, config_.merged);
  VZ_ASSIGN(PacketHold started, PacketHold::start(ips, PacketHold::Direction::to_container));
  const auto held = std::make_shared<PacketHold>(std::move(started));
  undo.add("send on what waited", [held]() -> Result<void> {
    held->release();
    return {};
  });
  timeline_.begin("Suspend");
  timeline_.frozen();
  UndoStack thaw;
  auto frozen = freeze_container(global_, config_, dump, *status_.run_state, thaw);
  if (!frozen) return migrate_failure(MigrateCode::suspend_failed, std::move(frozen));
  timeline_.begin("Dump");
  VZ_TRY(dump_and_copy(dump, dump_directory));
  timeline_.begin("Undump");
  message.mutable_restore();
  VZ_ASSIGN(const auto restored, ask(message));
  note_remote_times(restored, true);
  VZ_TRY(check_interrupt());
  timeline_.begin("Resume");
  // From here this node forwards what still comes for it, and does not contradict the other's announcement.
  thaw.add("lead to the container's addresses again", [this, ips] {
    return ips.empty() ? Result<void>{} : attach_venet(config_.ctid, ips, venet_options(global_));
  });
  if (!ips.empty()) VZ_TRY(withdraw_venet(config_.ctid, ips));
  if (auto committed = commit(protocol::CommitRequest::RESUME); !committed) {
    // Whoever may still own it, it is not for us to let it go on.
    VZ_ASSIGN(const auto pending, pending_migration(global_.paths, config_.ctid));
    if (pending) thaw.commit();
    return committed;
  }
  thaw.commit();
  timeline_.thawed();
  // What came for it meanwhile follows it.
  held->release();
  say("Cleaning up");
  timeline_.begin("Clean up");
  return clear_source();
}

Result<void> Outgoing::move_offline() {
  say("Syncing private");
  VZ_TRY(
      copy_private("First rsync", status_.running ? CopyPass::of_a_running_container : CopyPass::last, true));
  UndoStack undo;
  auto then = protocol::CommitRequest::NOTHING;
  if (status_.running) {
    then = protocol::CommitRequest::START;
    say("Stopping container");
    timeline_.begin("Stop");
    undo.add("start the container again",
             [this] { return start_container(global_, config_, {.force = true}); });
    auto stopped = stop_container(global_, config_, {});
    if (!stopped) return migrate_failure(MigrateCode::suspend_failed, std::move(stopped));
  } else if (status_.mounted) {
    then = protocol::CommitRequest::MOUNT;
    say("Unmounting container");
    undo.add("mount the container again", [this] { return mount_container(global_, config_); });
    auto unmounted = umount_container(global_, config_);
    if (!unmounted) return migrate_failure(MigrateCode::suspend_failed, std::move(unmounted));
  }
  if (then != protocol::CommitRequest::NOTHING) VZ_TRY(copy_private("Second rsync", CopyPass::last, false));
  if (status_.suspended) {
    say("Copying the dump");
    VZ_TRY(send_dump_and_wait(global_.paths.default_dump(config_.ctid), true));
  }
  VZ_TRY(check_interrupt());
  if (then == protocol::CommitRequest::START) say("Starting container");
  if (then == protocol::CommitRequest::MOUNT) say("Mounting container");
  timeline_.begin("Start there");
  if (auto committed = commit(then); !committed) {
    VZ_ASSIGN(const auto pending, pending_migration(global_.paths, config_.ctid));
    if (pending) undo.commit();
    return committed;
  }
  undo.commit();
  say("Cleaning up");
  timeline_.begin("Clean up");
  return clear_source();
}

Result<void> Outgoing::commit(protocol::CommitRequest::Then then) {
  const InterruptShield shield;
  // From here on this node does not run the container again before it knows the outcome.
  VZ_TRY(note_pending_migration(global_.paths, config_.ctid, {options_.host, destination_.migration()}));
  protocol::Message message;
  message.mutable_commit()->set_then(then);
  auto done = ask(message);
  if (done) {
    note_remote_times(*done, options_.online);
    return {};
  }
  say("No answer to the commit: " + done.error().text(), 1);
  VZ_ASSIGN(const bool committed, ask_for_outcome(destination_.migration()));
  if (committed) return {};
  VZ_TRY(clear_pending_migration(global_.paths, config_.ctid));
  return fail(std::move(done));
}

Result<bool> Outgoing::ask_for_outcome(const std::string& migration) {
  protocol::Message message;
  message.mutable_outcome()->set_ctid(config_.ctid);
  message.mutable_outcome()->set_migration(migration);
  const auto deadline = std::chrono::steady_clock::now() + kOutcomePatience;
  std::string reason;
  for (;;) {
    // The old connection's agent has ended or will never hear of us.
    auto fresh = Connection::open(options_);
    if (fresh) {
      auto sent = (*fresh)->agent().send(message);
      auto reply =
          sent ? (*fresh)->agent().receive_reply() : Result<protocol::Message>(fail(std::move(sent)));
      if (reply && reply->has_outcome_reply()) return reply->outcome_reply().committed();
      reason = reply ? "unexpected answer" : reply.error().text();
    } else {
      reason = fresh.error().text();
    }
    if (std::chrono::steady_clock::now() > deadline || interrupted()) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return migrate_failure(
      MigrateCode::restore_failed,
      "It is not known whether " + options_.host + " has taken the container (" + reason +
          "). It stands still here and runs on this node no more until that is known: run vzmigrate " +
          options_.host + " " + id_of(config_) + " again when the node can be reached");
}

// What happens here after the commit can fail without harm: the container is not this node's any more.
Result<void> Outgoing::clear_source() {
  const InterruptShield shield;
  VZ_ASSIGN(const Status now, container_status(global_, config_));
  // Mounted alone: an earlier clearing-up was killed in between.
  if (now.running || now.mounted) VZ_TRY(kill_frozen(global_, config_));
  guard_.reset();
  if (options_.remove_area) {
    VZ_TRY(destroy_container(global_, config_));
  } else {
    VZ_TRY(remove_container_names(global_.paths, config_.ctid));
    if (rename(config_.file.c_str(), (config_.file + ".migrated").c_str()) < 0) {
      return fail_errno(ExitCode::system, "rename " + config_.file);
    }
  }
  return clear_pending_migration(global_.paths, config_.ctid);
}

}  // namespace vz
