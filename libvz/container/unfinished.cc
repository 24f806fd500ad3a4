#include "libvz/container/unfinished.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "libvz/checkpoint/dump_info.h"
#include "libvz/checkpoint/engine_record.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/engine_task.h"
#include "libvz/container/mount.h"
#include "libvz/container/status.h"
#include "libvz/container/suspend.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"

namespace vz {

namespace {

// Which directory is there; nothing: none.
using Identity = std::optional<std::pair<dev_t, ino_t>>;

Identity identity_of(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) < 0) return std::nullopt;
  return std::pair{status.st_dev, status.st_ino};
}

bool same_init(const RunState& one, const RunState& other) {
  return one.init_pid == other.init_pid && one.init_start == other.init_start;
}

void tell(const std::string& what, const Result<void>& done) {
  log_error(done ? what : what + ", which failed: " + done.error().text());
}

// before: what lay at dumpfile then.
void repair_checkpoint(const GlobalConfig& global, const ContainerConfig& config, const RunState& state,
                       const std::string& dumpfile, const Identity& before) {
  const auto now = load_run_state(global.paths, config.ctid);
  if (!now || (*now && !same_init(**now, state))) return;
  if (identity_of(dumpfile) != before && read_dump_info(dumpfile)) {
    tell("The checkpoint was killed after its dump: the container is ended", kill_frozen(global, config));
    return;
  }
  // The engine ends with the command, but perhaps a little later.
  (void)end_recorded_engine(engine_record(global.paths, config.ctid));
  (void)remove_tree(dumpfile + ".part");
  if (!*now || !(*now)->frozen) return;
  tell("The checkpoint was killed: the container goes on", resume_frozen(global, config, **now));
}

Result<void> clear_half_restored(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_TRY(clear_remains(global, config));
  VZ_ASSIGN(const Status status, container_status(global, config));
  return status.mounted ? umount_container(global, config) : Result<void>{};
}

void repair_restore(const GlobalConfig& global, const ContainerConfig& config, const std::string& dumpfile,
                    const Identity& before, bool keep_dump) {
  const auto now = load_run_state(global.paths, config.ctid);
  // Another command has been here: both are its own now.
  if (!now || identity_of(dumpfile) != before) return;
  if (!*now) {
    tell("The restore was killed: what there was of the container is removed",
         clear_half_restored(global, config));
    (void)close_dump(dumpfile);
    return;
  }
  if ((*now)->undumped)
    tell("The restore was killed: the container goes on", resume_frozen(global, config, **now));
  if (keep_dump) {
    (void)close_dump(dumpfile);
  } else {
    (void)remove_tree(dumpfile);
  }
}

}  // namespace

Result<KillGuard> guard_checkpoint(const GlobalConfig& global, const ContainerConfig& config,
                                   const RunState& state, const std::string& dumpfile) {
  return KillGuard::start(global, config.ctid, "vzctl", [&, before = identity_of(dumpfile)] {
    repair_checkpoint(global, config, state, dumpfile, before);
  });
}

Result<KillGuard> guard_restore(const GlobalConfig& global, const ContainerConfig& config,
                                const std::string& dumpfile, bool keep_dump) {
  return KillGuard::start(global, config.ctid, "vzctl", [&, before = identity_of(dumpfile)] {
    repair_restore(global, config, dumpfile, before, keep_dump);
  });
}

}  // namespace vz
