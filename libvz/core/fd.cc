#include "libvz/core/fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace vz {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Pipe> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) < 0) return fail_errno(ExitCode::system, "pipe2");
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno(ExitCode::system, "open " + path);
  return fd;
}

Result<Fd> memory_file(std::string_view content) {
  Fd fd(memfd_create("content", MFD_CLOEXEC));
  if (!fd) return fail_errno(ExitCode::system, "memfd_create");
  VZ_TRY(write_all(fd.get(), content));
  if (lseek(fd.get(), 0, SEEK_SET) < 0) return fail_errno(ExitCode::system, "lseek");
  return fd;
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(ExitCode::system, "write");
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<std::string> read_all(int fd, size_t limit) {
  std::string bytes;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail_errno(ExitCode::system, "read");
    }
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(got) > limit) return fail(ExitCode::system, "read: too much data");
    bytes.append(buffer, static_cast<size_t>(got));
  }
}

Result<void> set_cloexec(int fd, bool on) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags < 0 || fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC) < 0) {
    return fail_errno(ExitCode::system, "fcntl(FD_CLOEXEC)");
  }
  return {};
}

Result<void> silence_standard_streams() {
  VZ_ASSIGN(Fd null, open_file("/dev/null", O_RDWR));
  for (int fd = 0; fd <= 2; ++fd) {
    if (dup2(null.get(), fd) < 0) return fail_errno(ExitCode::system, "dup2");
  }
  if (null.get() > 2) return {};
  // One of the three was closed, and this is it now.
  return set_cloexec(null.release(), false);
}

}  // namespace vz
