#pragma once

#include <string>

#include "libvz/core/result.h"
#include "vzmigrate/exit_code.h"
#include "vzmigrate/protocol.pb.h"

namespace vz {

inline constexpr unsigned kProtocolVersion = 1;

// An error of vzmigrate: the exit code in Error is vzmigrate's (exit_code.h).
std::unexpected<Error> migrate_failure(MigrateCode code, std::string text);
// The same error with a code of vzmigrate's.
template <class T>
std::unexpected<Error> migrate_failure(MigrateCode code, std::expected<T, Error>&& result) {
  return std::unexpected(std::move(result).error().with_code(static_cast<ExitCode>(code)));
}

// Messages over a pair of descriptors, which are not owned. Each is a frame: its length in 4 bytes,
// little-endian, then the message; at most kLargestFrame. Blocking; an interrupt ends a wait.
class MessageStream {
 public:
  MessageStream(int in, int out) : in_(in), out_(out) {}

  Result<void> send(const protocol::Message& message);
  // End of stream, or a frame that is no message, is an error with code cannot_connect.
  Result<protocol::Message> receive();
  // A Failure becomes its error.
  Result<protocol::Message> receive_reply();
  Result<protocol::Done> receive_done();
  // Says our version and hears theirs; a different one is an error that names both.
  Result<void> greet();

  static constexpr unsigned kLargestFrame = 4U << 20;

 private:
  Result<void> read_exactly(char* data, size_t size);
  int in_;
  int out_;
};

}  // namespace vz
