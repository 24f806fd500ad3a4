#include "vzmonitor/usage_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace {

constexpr long kLeastPauseMs = 1000;
constexpr int kPatienceMs = 5000;

long now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The file as the container sees it; -1 if there is none. What else a container has put into its place, a
// file of procfs above all, is never written to.
int open_in_container(pid_t init) {
  char root[64];
  snprintf(root, sizeof root, "/proc/%d/root", init);
  const int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root_fd < 0) return -1;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const int file =
      static_cast<int>(syscall(SYS_openat2, root_fd, "run/vz/user_beancounters", &how, sizeof how));
  close(root_fd);
  if (file < 0) return -1;
  struct stat status {};
  struct statfs system {};
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && fstatfs(file, &system) == 0 &&
      system.f_type == TMPFS_MAGIC) {
    return file;
  }
  close(file);
  return -1;
}

int watch(int file) {
  const int events = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDWR | O_CLOEXEC);
  if (events < 0) return -1;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (fanotify_mark(events, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path) == 0) return events;
  close(events);
  return -1;
}

}  // namespace

UsageFile::UsageFile(pid_t init, const char* vzctl, const char* ctid) : vzctl_(vzctl), ctid_(ctid) {
  const int file = open_in_container(init);
  if (file < 0) return;
  events_ = watch(file);
  close(file);
}

UsageFile::~UsageFile() {
  if (events_ >= 0) close(events_);
}

void UsageFile::answer() {
  alignas(fanotify_event_metadata) char buffer[4096];
  const ssize_t got = read(events_, buffer, sizeof buffer);
  long left = got;
  for (auto* event = reinterpret_cast<fanotify_event_metadata*>(buffer); FAN_EVENT_OK(event, left);
       event = FAN_EVENT_NEXT(event, left)) {
    if (event->fd < 0) continue;
    if (now_ms() - last_ >= kLeastPauseMs) {
      refresh(event->fd);
      last_ = now_ms();
    }
    const fanotify_response response{event->fd, FAN_ALLOW};
    (void)!write(events_, &response, sizeof response);
    close(event->fd);
  }
}

// The event's own descriptor is the one that raises no events when it is written to.
void UsageFile::refresh(int file) const {
  const pid_t child = fork();
  if (child == 0) {
    lseek(file, 0, SEEK_SET);
    if (dup2(file, STDOUT_FILENO) < 0) _exit(1);
    const char* const command[] = {vzctl_, "--quiet", "monitor-event", ctid_, "usage", nullptr};
    execve(vzctl_, const_cast<char* const*>(command), environ);
    _exit(1);
  }
  if (child < 0) return;
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  pollfd waiting{pidfd, POLLIN, 0};
  while (poll(&waiting, 1, kPatienceMs) < 0 && errno == EINTR) {
  }
  if ((waiting.revents & POLLIN) == 0) kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (pidfd >= 0) close(pidfd);
  // The container's root may have written more.
  if (const off_t end = lseek(file, 0, SEEK_CUR); end > 0) (void)!ftruncate(file, end);
}
