// vzmonitor CTID INIT_PID VZCTL: waits for the end of a container's init and tells vzctl of it.
// One runs beside every container, so it uses nothing but system calls.

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

// linux/pidfs: PIDFD_GET_INFO (since 6.13) and its exit status (since 6.15), for an init that is not our child.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroupid;
  std::uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  std::int32_t exit_code;
};
constexpr std::uint64_t kPidfdInfoExit = 1ULL << 3;
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);

// The wait status of init; -1 when nobody can tell it any more.
int status_of(pid_t pid, int pidfd) {
  int status = 0;
  pid_t got = 0;
  do {
    got = waitpid(pid, &status, 0);
  } while (got < 0 && errno == EINTR);
  if (got == pid) return status;
  // Adopted after a predecessor's death; init's new parent reaps it a moment after the pidfd became readable.
  for (int attempt = 0; attempt < 100; ++attempt) {
    PidfdInfo info{};
    info.mask = kPidfdInfoExit;
    if (ioctl(pidfd, kPidfdGetInfo, &info) == 0 && (info.mask & kPidfdInfoExit) != 0) return info.exit_code;
    usleep(10000);
  }
  return -1;
}

void wait_for_end(int pidfd) {
  pollfd waiting{pidfd, POLLIN, 0};
  while (poll(&waiting, 1, -1) <= 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char kUsage[] =
      "Usage: vzmonitor CTID INIT_PID VZCTL\n"
      "Waits for the end of a container's init and tells vzctl of it. Started by vzctl; see vzmonitor(8).\n";
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return write(1, kUsage, sizeof kUsage - 1) < 0 ? 1 : 0;
  if (argc != 4) {
    (void)!write(2, kUsage, sizeof kUsage - 1);
    return 2;
  }
  const pid_t init = static_cast<pid_t>(strtol(argv[2], nullptr, 10));
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, init, 0));
  int status = -1;
  if (pidfd >= 0) {
    wait_for_end(pidfd);
    status = status_of(init, pidfd);
  }
  // reboot(2), "Behavior inside PID namespaces": the namespace's init dies of SIGHUP for a restart, of SIGINT for a halt.
  const bool reboot = status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP;
  const char* const command[] = {argv[3], "--quiet", "monitor-event", argv[1], reboot ? "reboot" : "stop", argv[2], nullptr};
  execve(argv[3], const_cast<char* const*>(command), environ);
  return 1;
}
