#include "libvz/container/kill_guard.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>

#include "libvz/config/lock.h"
#include "libvz/core/log.h"
#include "libvz/host/systemd_scope.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kLockPatience{10};

// True when the command has said that all is well.
bool wait_for_end(int alive, int command) {
  pollfd waiting[2] = {{alive, POLLIN, 0}, {command, POLLIN, 0}};
  while (waiting[1].revents == 0) {
    if (poll(waiting, 2, -1) < 0) continue;
    if (waiting[0].revents == 0) continue;
    char word = 0;
    if (read(alive, &word, 1) == 1) return true;
    // Its descriptors are closed; what is left is that it ends.
    waiting[0].fd = -1;
  }
  return false;
}

int watch(const GlobalConfig& global, Ctid ctid, const std::string& program,
          const std::function<void()>& repair, int alive, int command) {
  prctl(PR_SET_NAME, "vz-kill-guard");
  setsid();
  // Whoever ends the command's session must not end the guard with it.
  (void)enter_systemd_scope();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
  close_other_fds({alive, command});
  (void)silence_standard_streams();
  if (wait_for_end(alive, command)) return 0;
  configure_log({.program = program,
                 .file = global.log_file,
                 .file_level = global.log_level,
                 .quiet = true,
                 .ctid = ctid});
  // The next command may have been quicker.
  const auto lock = ContainerLock::acquire(global.paths, ctid, kLockPatience);
  repair();
  return 0;
}

}  // namespace

Result<KillGuard> KillGuard::start(const GlobalConfig& global, Ctid ctid, const std::string& program,
                                   const std::function<void()>& repair) {
  VZ_ASSIGN(Pipe alive, make_pipe());
  VZ_ASSIGN(const Fd command, open_pidfd(getpid()));
  KillGuard guard;
  VZ_ASSIGN(guard.child_, fork_child([&] {
              alive.write.reset();
              return watch(global, ctid, program, repair, alive.read.get(), command.get());
            }));
  guard.alive_ = std::move(alive.write);
  return guard;
}

KillGuard::~KillGuard() {
  if (!alive_) return;
  (void)write_all(alive_.get(), "k");
  alive_.reset();
  (void)child_.wait();
}

}  // namespace vz
