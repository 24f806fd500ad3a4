#include "vzmigrate/thaw_guard.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

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

int watch(const GlobalConfig& global, const ContainerConfig& config, int alive) {
  prctl(PR_SET_NAME, "vzmigrate-guard");
  setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  close_other_fds({alive});
  (void)silence_standard_streams();
  char word = 0;
  if (read(alive, &word, 1) == 1) return 0;
  configure_log({.program = "vzmigrate",
                 .file = global.log_file,
                 .file_level = global.log_level,
                 .quiet = true,
                 .ctid = config.ctid});
  let_go_on(global, config);
  return 0;
}

}  // namespace

Result<ThawGuard> ThawGuard::start(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(Pipe alive, make_pipe());
  ThawGuard guard;
  VZ_ASSIGN(guard.child_, fork_child([&] {
              alive.write.reset();
              return watch(global, config, alive.read.get());
            }));
  guard.alive_ = std::move(alive.write);
  return guard;
}

ThawGuard::~ThawGuard() {
  if (!alive_) return;
  (void)write_all(alive_.get(), "k");
  alive_.reset();
  (void)child_.wait();
}

}  // namespace vz
