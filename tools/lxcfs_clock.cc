// Loaded into lxcfs (LD_PRELOAD, by the drop-in of its service). lxcfs hands out the line btime of the host's
// /proc/stat to everybody. But in a container the clock from which start times of processes count begins with
// the container (time namespace), so ps would show them too early by that much. When lxcfs opens /proc/stat
// for a reader with a clock of its own, it gets a copy with the btime that the kernel shows there. If
// anything fails, it gets the file itself.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// The beginning of struct fuse_context, the same in libfuse 2 and 3.
struct FuseContext {
  void* fuse;
  uid_t uid;
  gid_t gid;
  pid_t pid;
};

using Open = int (*)(const char*, int, ...);

Open next_open(const char* name) {
  return reinterpret_cast<Open>(dlsym(RTLD_NEXT, name));
}

pid_t reader() {
  static const auto context = reinterpret_cast<FuseContext* (*)()>(dlsym(RTLD_DEFAULT, "fuse_get_context"));
  const FuseContext* now = context == nullptr ? nullptr : context();
  return now == nullptr ? 0 : now->pid;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[16384];
  for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(got));
  return text;
}

// Seconds by which the boot clock of a process is ahead of the host's; 0 as well if that is not known.
long boot_offset(Open open, pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/timens_offsets";
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const std::string text = read_all(fd);
  close(fd);
  const auto at = text.find("boottime");
  return at == std::string::npos ? 0 : std::strtol(text.c_str() + at + std::strlen("boottime"), nullptr, 10);
}

int shifted_stat(Open open, int flags) {
  const int fd = open("/proc/stat", flags);
  const pid_t pid = reader();
  if (fd < 0 || pid <= 0) return fd;
  const long offset = boot_offset(open, pid);
  if (offset == 0) return fd;
  std::string text = read_all(fd);
  lseek(fd, 0, SEEK_SET);
  const auto line = text.find("\nbtime ");
  if (line == std::string::npos) return fd;
  const auto begin = line + std::strlen("\nbtime ");
  const auto end = text.find('\n', begin);
  if (end == std::string::npos) return fd;
  text.replace(begin, end - begin, std::to_string(std::strtol(text.c_str() + begin, nullptr, 10) - offset));
  const int shifted = memfd_create("stat", MFD_CLOEXEC);
  if (shifted < 0) return fd;
  if (write(shifted, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    close(shifted);
    return fd;
  }
  lseek(shifted, 0, SEEK_SET);
  close(fd);
  return shifted;
}

int open_as(const char* name, const char* path, int flags, mode_t mode) {
  const Open open = next_open(name);
  if (std::strcmp(path, "/proc/stat") == 0 && (flags & O_ACCMODE) == O_RDONLY)
    return shifted_stat(open, flags);
  return open(path, flags, mode);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_as("open", path, flags, mode);
}

__attribute__((visibility("default"))) int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_as("open64", path, flags, mode);
}
}
