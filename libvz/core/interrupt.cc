#include "libvz/core/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace vz {

namespace {

volatile sig_atomic_t interrupted_ = 0;
int pipe_[2] = {-1, -1};
int shields_ = 0;
pid_t owner_ = 0;

void on_signal(int) {
  const int saved = errno;
  // A forked child shares the terminal: only the process that asked speaks.
  if (interrupted_ == 0 && getpid() == owner_) {
    constexpr char kText[] = "\nCancelling...\n";
    (void)!write(2, kText, sizeof kText - 1);
  }
  interrupted_ = 1;
  (void)!write(pipe_[1], "x", 1);
  errno = saved;
}

}  // namespace

void catch_interrupts() {
  if (pipe_[0] < 0 && pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) < 0) return;
  owner_ = getpid();
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return interrupted_ != 0 && shields_ == 0;
}

int interrupt_fd() {
  return shields_ == 0 ? pipe_[0] : -1;
}

Result<void> check_interrupt() {
  if (!interrupted()) return {};
  return fail_errno(ExitCode::system, "Cancelled", EINTR);
}

InterruptShield::InterruptShield() {
  ++shields_;
}
InterruptShield::~InterruptShield() {
  --shields_;
}

}  // namespace vz
