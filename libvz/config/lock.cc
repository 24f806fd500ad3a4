#include "libvz/config/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

struct Holder {
  pid_t pid = 0;
  std::string identity;  // "start:boot"; empty: only the pid is known
};

// Tells a process from any other that ever has its pid. Empty when there is no such process, or one that has
// ended and that its parent has not yet waited for.
std::string identity_of(pid_t pid) {
  constexpr size_t kState = 0;       // field 3 of proc(5) stat, counted after the command's name
  constexpr size_t kStartTime = 19;  // field 22
  const auto stat_line = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto boot = read_file("/proc/sys/kernel/random/boot_id");
  if (!stat_line || !boot) return {};
  const size_t name_end = stat_line->rfind(')');
  if (name_end == std::string::npos) return {};
  const auto fields = split(std::string_view(*stat_line).substr(name_end + 1), " \n");
  if (fields.size() <= kStartTime || fields[kState] == "Z") return {};
  return fields[kStartTime] + ":" + std::string(trim(*boot));
}

std::string content_for(pid_t pid) {
  return std::to_string(pid) + "\n" + identity_of(pid) + "\n";
}

// Nothing: not a number.
std::optional<Holder> parse_holder(std::string_view content) {
  const size_t end = content.find('\n');
  const auto pid = parse_int(trim(content.substr(0, end)));
  if (!pid || *pid <= 0) return std::nullopt;
  Holder holder{static_cast<pid_t>(*pid), {}};
  if (end != std::string_view::npos) {
    const auto words = split(content.substr(end + 1), "\n");
    if (!words.empty() && words.front().find(':') != std::string::npos) holder.identity = words.front();
  }
  return holder;
}

bool is_alive(const Holder& holder) {
  if (!exists("/proc/" + std::to_string(holder.pid))) return false;
  const std::string now = identity_of(holder.pid);
  return !now.empty() && (holder.identity.empty() || now == holder.identity);
}

std::string command_line_of(pid_t pid) {
  auto line = read_file("/proc/" + std::to_string(pid) + "/cmdline");
  if (!line) return {};
  std::ranges::replace(*line, '\0', ' ');
  return std::string(trim(*line));
}

std::string cannot_create(const std::string& file) {
  return "Unable to create lock file " + file + ", use --skiplock option";
}

// Removes the name when it goes.
struct Temporary {
  explicit Temporary(std::string name) : path(std::move(name)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { unlink(path.c_str()); }
  std::string path;
};

Result<std::string> write_temporary(const std::string& file, const std::string& content) {
  std::string name = file + "XXXXXX";
  Fd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return fail_errno(ExitCode::system, cannot_create(file));
  if (auto written = write_all(fd.get(), content); !written) {
    unlink(name.c_str());
    return fail(std::move(written), name);
  }
  if (fchmod(fd.get(), 0644) < 0) {
    unlink(name.c_str());
    return fail_errno(ExitCode::system, "chmod " + name);
  }
  return name;
}

// Only who holds the flock of the very file that is at the path may remove it, so two that find the same lock
// stale cannot remove each other's new one.
Result<void> remove_stale(const std::string& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return {};
    return fail_errno(ExitCode::system, "open " + file);
  }
  // Somebody else is about to remove it.
  if (flock(fd.get(), LOCK_EX) < 0) return fail_errno(ExitCode::system, "flock " + file);
  struct stat opened {};
  struct stat named {};
  if (fstat(fd.get(), &opened) < 0 || stat(file.c_str(), &named) < 0) return {};
  if (opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) return {};
  VZ_ASSIGN(const std::string content, read_all(fd.get(), 4096));
  if (const auto holder = parse_holder(content); holder && is_alive(*holder)) return {};
  log_info("Removing stale lock file " + file);
  if (unlink(file.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + file);
  return {};
}

void nap() {
  const timespec half_second{0, 500'000'000};
  nanosleep(&half_second, nullptr);
}

std::unexpected<Error> cannot_lock(const Error& why) {
  log_error(why.text());
  return fail(ExitCode::system, "Unable to lock container");
}

}  // namespace

ContainerLock& ContainerLock::operator=(ContainerLock&& other) noexcept {
  if (this != &other) {
    release();
    file_ = std::move(other.file_);
    owner_ = std::exchange(other.owner_, 0);
  }
  return *this;
}

Result<ContainerLock> ContainerLock::acquire(const Paths& paths, Ctid ctid, std::chrono::milliseconds wait,
                                             const std::function<bool()>& wanted) {
  constexpr int kUnreadableAttempts = 3;
  const auto deadline = std::chrono::steady_clock::now() + wait;
  if (paths.lock.empty()) return cannot_lock(Error(ExitCode::system, "lockdir is not set"));
  if (auto made = make_directories(paths.lock); !made) return cannot_lock(made.error());
  const std::string file = paths.lock_file(ctid);
  auto written = write_temporary(file, content_for(getpid()));
  if (!written) return cannot_lock(written.error());
  const Temporary temporary(*std::move(written));
  int unreadable = 0;
  for (;;) {
    if (wanted != nullptr && !wanted()) return ContainerLock();
    if (link(temporary.path.c_str(), file.c_str()) == 0) return ContainerLock(file, getpid());
    if (errno != EEXIST) {
      return cannot_lock(Error(ExitCode::system, cannot_create(file), errno));
    }
    const auto content = read_file(file);
    // Between its creation and its first write by those who do not link.
    const bool unfinished = content ? content->empty() : content.error().errno_value() != ENOENT;
    if (!content && !unfinished) continue;
    if (unfinished && ++unreadable <= kUnreadableAttempts) {
      nap();
      continue;
    }
    const auto holder = content ? parse_holder(*content) : std::nullopt;
    if (!holder || !is_alive(*holder)) {
      if (auto removed = remove_stale(file); !removed) return cannot_lock(removed.error());
      continue;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      log_error("Locked by: pid " + std::to_string(holder->pid) + ", cmdline " +
                command_line_of(holder->pid));
      return fail(ExitCode::locked, "Container already locked");
    }
    nap();
  }
}

Result<void> ContainerLock::hand_over(pid_t pid) {
  if (owner_ != getpid())
    return fail(ExitCode::system, "the lock " + file_ + " is not this process's to give away");
  if (identity_of(pid).empty())
    return fail_errno(ExitCode::system, "hand the lock over to " + std::to_string(pid), ESRCH);
  VZ_ASSIGN(const std::string temporary, write_temporary(file_, content_for(pid)));
  if (rename(temporary.c_str(), file_.c_str()) < 0) {
    const int saved = errno;
    unlink(temporary.c_str());
    return fail_errno(ExitCode::system, "rename " + temporary, saved);
  }
  owner_ = 0;
  return {};
}

Result<ContainerLock> ContainerLock::adopt(const Paths& paths, Ctid ctid) {
  const std::string file = paths.lock_file(ctid);
  VZ_ASSIGN(const std::string content, read_file(file));
  const auto holder = parse_holder(content);
  if (!holder || holder->pid != getpid())
    return fail(ExitCode::locked, "the lock " + file + " is not this process's");
  return ContainerLock(file, getpid());
}

void ContainerLock::release() {
  if (owner_ == 0 || owner_ != getpid()) return;
  owner_ = 0;
  const auto content = read_file(file_);
  const auto holder = content ? parse_holder(*content) : std::nullopt;
  if (holder && holder->pid == getpid()) unlink(file_.c_str());
}

}  // namespace vz
