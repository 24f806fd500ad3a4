#include "libvz/container/enter.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "libvz/container/exec.h"
#include "libvz/container/status.h"
#include "libvz/core/fd_passing.h"
#include "libvz/core/process.h"
#include "libvz/core/terminal.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr char kEndOfInput = 4;  // what the terminal takes for end of file

Result<Fd> receive_terminal(int socket) {
  auto received = receive_with_fds(socket, 1, 1);
  if (!received) return fail(std::move(received), "no terminal came from inside");
  return std::move(received->fds.front());
}

// Inside: a new terminal becomes the process's own, and its master goes out through the socket.
Result<void> take_terminal(int socket) {
  const Fd master(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return fail_errno(ExitCode::system, "Unable to open pty");
  int unlocked = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlocked) < 0)
    return fail_errno(ExitCode::system, "Unable to unlock pty");
  const Fd slave(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return fail_errno(ExitCode::system, "Unable to open pty");
  if (ioctl(slave.get(), TIOCSCTTY, 0) < 0) return fail_errno(ExitCode::system, "Unable to take the pty");
  for (int fd = 0; fd < 3; ++fd) {
    if (dup2(slave.get(), fd) < 0) return fail_errno(ExitCode::system, "dup2");
  }
  return send_with_fds(socket, "t", {master.get()});
}

// The container has named the device; it must be a pty master before we do terminal things with it.
Result<void> check_master(int fd) {
  struct stat status;
  unsigned number = 0;
  if (fstat(fd, &status) < 0 || !S_ISCHR(status.st_mode) || major(status.st_rdev) != 5 ||
      minor(status.st_rdev) != 2 || ioctl(fd, TIOCGPTN, &number) < 0) {
    return fail(ExitCode::system, "The container's /dev/ptmx is not a terminal");
  }
  return {};
}

void copy_window_size(int master) {
  winsize size{};
  if (ioctl(0, TIOCGWINSZ, &size) == 0) ioctl(master, TIOCSWINSZ, &size);
}

// Until the shell has ended and its output is shown.
Result<void> join_terminals(int master, int pidfd) {
  sigset_t window_change;
  sigemptyset(&window_change);
  sigaddset(&window_change, SIGWINCH);
  sigprocmask(SIG_BLOCK, &window_change, nullptr);
  const Fd resized(signalfd(-1, &window_change, SFD_CLOEXEC));
  copy_window_size(master);
  bool input_open = true;
  char buffer[65536];
  for (bool ended = false;;) {
    pollfd polls[4] = {{input_open ? 0 : -1, POLLIN, 0},
                       {master, POLLIN, 0},
                       {resized.get(), POLLIN, 0},
                       {ended ? -1 : pidfd, POLLIN, 0}};
    const int ready = poll(polls, 4, ended ? 0 : -1);
    if (ready < 0 && errno != EINTR) return fail_errno(ExitCode::system, "poll");
    if (ended && ready <= 0) return {};
    if (polls[0].revents != 0) {
      const ssize_t got = read(0, buffer, sizeof buffer);
      if (got > 0) {
        (void)write_all(master, std::string_view(buffer, static_cast<size_t>(got)));
      } else if (got == 0 || errno != EINTR) {
        input_open = false;
        (void)write_all(master, std::string_view(&kEndOfInput, 1));
      }
    }
    if (polls[1].revents != 0) {
      const ssize_t got = read(master, buffer, sizeof buffer);
      // EIO: the last process has closed its side.
      if (got <= 0 && errno != EINTR) return {};
      if (got > 0) VZ_TRY(write_all(1, std::string_view(buffer, static_cast<size_t>(got))));
    }
    if (polls[2].revents != 0) {
      signalfd_siginfo info;
      (void)!read(resized.get(), &info, sizeof info);
      copy_window_size(master);
    }
    if (polls[3].revents != 0) ended = true;
  }
}

Inside login_shell(const char* shell, int socket) {
  Inside inside;
  inside.programs = {shell};
  inside.argv = {std::string("-") + (strrchr(shell, '/') + 1)};
  inside.environment = {kPathVariable, "HISTFILE=/dev/null", "USER=root", "HOME=/root", "LOGNAME=root"};
  if (const char* term = getenv("TERM")) inside.environment.push_back(std::string("TERM=") + term);
  inside.keep_fds = {socket};
  inside.prepare = [socket] { return take_terminal(socket); };
  return inside;
}

Result<Child> start_shell(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                          int socket) {
  auto child = start_inside(global, config, init_pid, login_shell("/bin/bash", socket));
  if (child || child.error().code() != ExitCode::shell_not_started) return child;
  return start_inside(global, config, init_pid, login_shell("/bin/sh", socket));
}

Result<void> enter(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                   const std::vector<std::string>& typed) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno(ExitCode::system, "socketpair");
  const Fd ours(pair[0]);
  Fd theirs(pair[1]);
  VZ_ASSIGN(Child shell, start_shell(global, config, init_pid, theirs.get()));
  theirs.reset();
  VZ_ASSIGN(Fd master, receive_terminal(ours.get()));
  // bash came too late for its terminal if /bin/sh is used: the last one sent counts.
  while (true) {
    pollfd more{ours.get(), POLLIN, 0};
    if (poll(&more, 1, 0) <= 0) break;
    auto next = receive_terminal(ours.get());
    if (!next) break;
    master = *std::move(next);
  }
  VZ_TRY(check_master(master.get()));
  VZ_ASSIGN(const Fd pidfd, open_pidfd(shell.pid()));
  std::printf("entered into CT %u\n", config.ctid);
  std::fflush(stdout);
  if (!typed.empty()) VZ_TRY(write_all(master.get(), join(typed, " ") + "\n"));
  {
    const RawTerminal raw;
    VZ_TRY(join_terminals(master.get(), pidfd.get()));
  }
  // The shell's session ends with its terminal.
  master.reset();
  VZ_TRY(shell.wait());
  std::printf("exited from CT %u\n", config.ctid);
  std::fflush(stdout);
  return {};
}

}  // namespace

Result<void> enter_container(const GlobalConfig& global, const ContainerConfig& config,
                             const std::vector<std::string>& typed) {
  VZ_ASSIGN(const RunState state, require_running(global, config));
  if (state.frozen) return fail(ExitCode::system, "Container is suspended in memory: resume it first");
  auto done = enter(global, config, state.init_pid, typed);
  if (!done) return fail(std::move(done), "enter into CT " + std::to_string(config.ctid) + " failed");
  return {};
}

}  // namespace vz
