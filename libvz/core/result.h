#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libvz/core/exit_code.h"

namespace vz {

// Why something failed: the exit code that the command is to end with, the errno if there was one, and the
// chain of what was being done, innermost reason first as it was created, each context() putting a wider one
// in front.
class Error {
 public:
  Error(ExitCode code, std::string reason, int errno_value = 0)
      : code_(code), errno_(errno_value), chain_{std::move(reason)} {}

  ExitCode code() const { return code_; }
  // 0 when no system call is the reason.
  int errno_value() const { return errno_; }
  // Outermost context first.
  std::vector<std::string> chain() const;

  // Says what was being done when this error came up.
  Error&& context(std::string doing) &&;
  Error&& with_code(ExitCode code) &&;

  // "outer: inner: strerror".
  std::string text() const;

  // One self-delimiting record, for a pipe between a child and its parent.
  std::string serialize() const;
  // The inverse of serialize(); bytes that are not a record become an Error with ExitCode::system that says
  // so.
  static Error deserialize(std::string_view bytes);

 private:
  ExitCode code_;
  int errno_;
  std::vector<std::string> chain_;  // innermost first
};

template <class T = void>
using Result = std::expected<T, Error>;

// The failure of a system call: takes errno from the calling thread at once.
std::unexpected<Error> fail_errno(ExitCode code, std::string reason);
std::unexpected<Error> fail_errno(ExitCode code, std::string reason, int errno_value);
std::unexpected<Error> fail(ExitCode code, std::string reason);
// Passes another result's error on, in a wider context.
template <class T>
std::unexpected<Error> fail(std::expected<T, Error>&& result, std::string doing) {
  return std::unexpected(std::move(result).error().context(std::move(doing)));
}
template <class T>
std::unexpected<Error> fail(std::expected<T, Error>&& result) {
  return std::unexpected(std::move(result).error());
}

// Hands a Result<void> through a pipe: an empty stream (the writer died) is an error, so success is said
// explicitly.
Result<void> send_result(int fd, const Result<void>& result);
// Reads until end of file. who names the writer for the message when it ended without a word.
Result<void> receive_result(int fd, std::string_view who);

#define VZ_CONCAT_(a, b) a##b
#define VZ_CONCAT(a, b) VZ_CONCAT_(a, b)

// Leaves the function with the error if the expression has one.
#define VZ_TRY(...)                                          \
  do {                                                       \
    if (auto vz_result_ = (__VA_ARGS__); !vz_result_) {      \
      return std::unexpected(std::move(vz_result_).error()); \
    }                                                        \
  } while (false)

// VZ_ASSIGN(auto fd, open_file(path)): the value, or leaves the function with the error.
#define VZ_ASSIGN(target, ...) VZ_ASSIGN_(VZ_CONCAT(vz_assigned_, __LINE__), target, __VA_ARGS__)
#define VZ_ASSIGN_(temporary, target, ...)                              \
  auto temporary = (__VA_ARGS__);                                       \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  target = *std::move(temporary)

}  // namespace vz
