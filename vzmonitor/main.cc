// vzmonitor CTID INIT_PID VZCTL: waits for the end of a container's init and tells vzctl of it; has vzctl
// tell the container what it uses. vzmonitor --console SOCKET INIT_PID FD: serves its console. Each runs
// beside every container, so it uses nothing but system calls.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "vzmonitor/console_server.h"
#include "vzmonitor/usage_file.h"

namespace {

// How init ended, if it is not our child: its stat file, opened while it lived, tells that until its parent
// has reaped it (proc(5), last field; waitpid(2) and pidfds are for parents, and say nothing of a reboot). -1
// when the parent was quicker.
int status_from_proc(int stat_fd) {
  char text[1024];
  const ssize_t got = pread(stat_fd, text, sizeof text - 1, 0);
  if (got <= 0) return -1;
  text[got] = '\0';
  // The second field is the program's name in parentheses and may hold anything.
  const char* state = strrchr(text, ')');
  const char* last = strrchr(text, ' ');
  if (state == nullptr || last == nullptr || strlen(state) < 3 || (state[2] != 'Z' && state[2] != 'X'))
    return -1;
  return static_cast<int>(strtol(last, nullptr, 10));
}

// The wait status of init, which has ended; -1 when nobody can tell it any more.
int status_of(pid_t pid, int stat_fd) {
  const int seen = status_from_proc(stat_fd);
  int status = 0;
  pid_t got = 0;
  do {
    got = waitpid(pid, &status, 0);
  } while (got < 0 && errno == EINTR);
  return got == pid ? status : seen;
}

void wait_for_end(int pidfd, UsageFile& usage) {
  pollfd waiting[2] = {{pidfd, POLLIN, 0}, {usage.fd(), POLLIN, 0}};
  for (;;) {
    if (poll(waiting, 2, -1) <= 0) continue;
    if (waiting[0].revents != 0) return;
    if ((waiting[1].revents & POLLIN) != 0)
      usage.answer();
    else if (waiting[1].revents != 0)
      waiting[1].fd = -1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char kUsage[] =
      "Usage: vzmonitor CTID INIT_PID VZCTL\n"
      "       vzmonitor --console SOCKET INIT_PID FD\n"
      "Waits for the end of a container's init and tells vzctl of it, or serves the container's console.\n"
      "Started by vzctl; see vzmonitor(8).\n";
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return write(1, kUsage, sizeof kUsage - 1) < 0 ? 1 : 0;
  if (argc == 5 && strcmp(argv[1], "--console") == 0) {
    return serve_console(argv[2], static_cast<pid_t>(strtol(argv[3], nullptr, 10)),
                         static_cast<int>(strtol(argv[4], nullptr, 10)));
  }
  if (argc != 4) {
    (void)!write(2, kUsage, sizeof kUsage - 1);
    return 2;
  }
  const pid_t init = static_cast<pid_t>(strtol(argv[2], nullptr, 10));
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, init, 0));
  char stat_file[64];
  snprintf(stat_file, sizeof stat_file, "/proc/%d/stat", init);
  const int stat_fd = open(stat_file, O_RDONLY | O_CLOEXEC);
  int status = -1;
  if (pidfd >= 0) {
    UsageFile usage(init, argv[3], argv[1]);
    wait_for_end(pidfd, usage);
    status = status_of(init, stat_fd);
  }
  // reboot(2), "Behavior inside PID namespaces": the namespace's init dies of SIGHUP for a restart, of SIGINT
  // for a halt.
  const bool reboot = status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP;
  const char* const command[] = {argv[3], "--quiet", "monitor-event", argv[1], reboot ? "reboot" : "stop",
                                 argv[2], nullptr};
  execve(argv[3], const_cast<char* const*>(command), environ);
  return 1;
}
