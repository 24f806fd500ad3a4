#include "vzmigrate/thaw_guard.h"

#include "libvz/container/ownership.h"
#include "libvz/container/status.h"
#include "libvz/container/suspend.h"
#include "libvz/core/log.h"

namespace vz {

namespace {

void let_go_on(const GlobalConfig& global, const ContainerConfig& config) {
  auto pending = pending_migration(global.paths, config.ctid);
  if (!pending || *pending) return;
  auto state = require_running(global, config);
  if (!state || !state->frozen) return;
  auto resumed = resume_frozen(global, config, *state);
  log_error(resumed ? "Migration was killed: the container goes on here"
                    : "Migration was killed, and the container cannot go on: " + resumed.error().text());
}

}  // namespace

Result<KillGuard> start_thaw_guard(const GlobalConfig& global, const ContainerConfig& config) {
  return KillGuard::start(global, config.ctid, "vzmigrate", [&] { let_go_on(global, config); });
}

}  // namespace vz
