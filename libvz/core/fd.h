#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "libvz/core/result.h"

namespace vz {

// Owns one file descriptor; closes it when it goes.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Gives the descriptor away; the caller closes it.
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};

// Both ends close-on-exec.
Result<Pipe> make_pipe();

// open(2) with O_CLOEXEC added. The error names the path.
Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0);

// A file without a name that holds the content, to be read from its beginning.
Result<Fd> memory_file(std::string_view content);

// Writes everything or fails; goes on after EINTR and short writes.
Result<void> write_all(int fd, std::string_view bytes);
// Reads to end of file; more than limit bytes is an error.
Result<std::string> read_all(int fd, size_t limit = size_t{64} << 20);

// Makes the descriptor survive exec, or not.
Result<void> set_cloexec(int fd, bool on);

// Standard input, output and errors lead nowhere from here on.
Result<void> silence_standard_streams();

}  // namespace vz
