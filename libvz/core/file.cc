#include "libvz/core/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vz {

namespace {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

struct Directory {
  explicit Directory(DIR* handle) : dir(handle) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    if (dir != nullptr) closedir(dir);
  }
  DIR* dir;
};

// A container may have nested directories so deep that each level's descriptor and stack frame would be too
// many. What lies deeper than that is first moved up into the directory that is being removed.
class TreeRemover {
 public:
  explicit TreeRemover(dev_t device) : device_(device) {}

  Result<void> remove(int parent, const char* name, const std::string& shown, unsigned depth = 0) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return fail_errno(ExitCode::system, "unlink " + shown);
    VZ_TRY(empty(parent, name, shown, depth));
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
      return fail_errno(ExitCode::system, "rmdir " + shown);
    }
    return {};
  }

 private:
  static constexpr unsigned kDeepest = 64;

  Result<void> empty(int parent, const char* name, const std::string& shown, unsigned depth) {
    Fd fd(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return fail_errno(ExitCode::system, "open " + shown);
    struct stat status {};
    if (fstat(fd.get(), &status) < 0) return fail_errno(ExitCode::system, "stat " + shown);
    if (status.st_dev != device_) return fail_errno(ExitCode::system, "remove " + shown, EXDEV);
    const Directory directory(fdopendir(fd.get()));
    if (directory.dir == nullptr) return fail_errno(ExitCode::system, "read " + shown);
    const int here = fd.release();  // closedir() closes it
    if (depth == 0) top_ = here;
    while (const dirent* entry = readdir(directory.dir)) {
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
      if (depth >= kDeepest && move_up(here, entry->d_name)) continue;
      VZ_TRY(remove(here, entry->d_name, shown + "/" + entry->d_name, depth + 1));
    }
    while (depth == 0 && !moved_.empty()) {
      const std::string next = std::move(moved_.back());
      moved_.pop_back();
      VZ_TRY(remove(here, next.c_str(), shown + "/" + next, 1));
    }
    return {};
  }

  // False: not a directory, or it stays where it is; it is then removed there.
  bool move_up(int parent, const char* name) {
    struct stat status {};
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(status.st_mode)) return false;
    std::string above = ".removing-" + std::to_string(count_++);
    if (syscall(SYS_renameat2, parent, name, top_, above.c_str(), RENAME_NOREPLACE) < 0) return false;
    moved_.push_back(std::move(above));
    return true;
  }

  dev_t device_;
  int top_ = -1;
  unsigned count_ = 0;
  std::vector<std::string> moved_;  // names in top_
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  VZ_ASSIGN(const Fd fd, open_file(path, O_RDONLY));
  auto bytes = read_all(fd.get());
  if (!bytes) return fail(std::move(bytes), path);
  return bytes;
}

Result<void> write_file_atomically(const std::string& path, std::string_view content, mode_t mode) {
  std::string target = path;
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) != nullptr) target = resolved;
  const std::string temporary = target + ".tmp";
  if (unlink(temporary.c_str()) < 0 && errno != ENOENT)
    return fail_errno(ExitCode::system, "unlink " + temporary);
  {
    VZ_ASSIGN(const Fd fd, open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    if (auto written = write_all(fd.get(), content); !written || fsync(fd.get()) < 0) {
      const int saved = written ? errno : written.error().errno_value();
      unlink(temporary.c_str());
      return fail_errno(ExitCode::system, "write " + temporary, saved);
    }
  }
  if (rename(temporary.c_str(), target.c_str()) < 0) {
    const int saved = errno;
    unlink(temporary.c_str());
    return fail_errno(ExitCode::system, "rename " + temporary, saved);
  }
  VZ_ASSIGN(const Fd directory, open_file(parent_of(target), O_RDONLY | O_DIRECTORY));
  if (fsync(directory.get()) < 0) return fail_errno(ExitCode::system, "fsync " + parent_of(target));
  return {};
}

Result<void> write_knob(const std::string& path, std::string_view value) {
  VZ_ASSIGN(const Fd fd, open_file(path, O_WRONLY));
  if (::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
    return fail_errno(ExitCode::system, "write \"" + std::string(value) + "\" to " + path);
  }
  return {};
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  if (path.empty() || is_directory(path)) return {};
  VZ_TRY(make_directories(parent_of(path), mode));
  if (mkdir(path.c_str(), mode) < 0 && errno != EEXIST) return fail_errno(ExitCode::system, "mkdir " + path);
  return {};
}

bool exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

bool is_directory(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  Directory directory(opendir(path.c_str()));
  if (directory.dir == nullptr) return fail_errno(ExitCode::system, "open directory " + path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(directory.dir)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
    errno = 0;
  }
  if (errno != 0) return fail_errno(ExitCode::system, "read directory " + path);
  std::ranges::sort(names);
  return names;
}

Result<void> remove_tree(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) < 0) {
    if (errno == ENOENT) return {};
    return fail_errno(ExitCode::system, "stat " + path);
  }
  return TreeRemover(status.st_dev).remove(AT_FDCWD, path.c_str(), path);
}

Result<std::string> read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  if (length < 0) return fail_errno(ExitCode::system, "readlink " + path);
  return std::string(target, static_cast<size_t>(length));
}

Result<Fd> open_in_root(int root_fd, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<__u64>(flags) | O_CLOEXEC;
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename or mount raced with the walk; openat2(2) says to try again.
  for (int attempt = 0; attempt < 32; ++attempt) {
    Fd fd(static_cast<int>(syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how)));
    if (fd) return fd;
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return fail_errno(ExitCode::system, "open " + path + " inside the container");
}

}  // namespace vz
