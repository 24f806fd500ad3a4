#include "vzmigrate/message_stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/fd.h"
#include "libvz/core/interrupt.h"

namespace vz {

std::unexpected<Error> migrate_failure(MigrateCode code, std::string text) {
  return std::unexpected(Error(static_cast<ExitCode>(code), std::move(text)));
}

Result<void> MessageStream::send(const protocol::Message& message) {
  std::string frame(4, '\0');
  if (!message.AppendToString(&frame))
    return migrate_failure(MigrateCode::cannot_connect, "cannot encode a message");
  const size_t size = frame.size() - 4;
  if (size > kLargestFrame) return migrate_failure(MigrateCode::cannot_connect, "message too large");
  for (unsigned i = 0; i < 4; ++i) frame[i] = static_cast<char>((size >> (8 * i)) & 0xff);
  auto written = write_all(out_, frame);
  if (!written) return migrate_failure(MigrateCode::cannot_connect, std::move(written));
  return {};
}

Result<void> MessageStream::read_exactly(char* data, size_t size) {
  while (size > 0) {
    VZ_TRY(check_interrupt());
    pollfd waiting[2] = {{in_, POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0 && errno != EINTR) return fail_errno(ExitCode::system, "poll");
    if (waiting[0].revents == 0) continue;
    const ssize_t got = read(in_, data, size);
    if (got == 0) return migrate_failure(MigrateCode::cannot_connect, "the connection ended");
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      return fail_errno(static_cast<ExitCode>(MigrateCode::cannot_connect), "read from the other side");
    }
    if (got > 0) {
      data += got;
      size -= static_cast<size_t>(got);
    }
  }
  return {};
}

Result<protocol::Message> MessageStream::receive() {
  unsigned char header[4];
  VZ_TRY(read_exactly(reinterpret_cast<char*>(header), sizeof header));
  const size_t size = header[0] | header[1] << 8 | header[2] << 16 | static_cast<size_t>(header[3]) << 24;
  const auto malformed = [] {
    return migrate_failure(MigrateCode::cannot_connect, "the other side does not speak vzmigrate's protocol");
  };
  if (size > kLargestFrame) return malformed();
  std::string body(size, '\0');
  VZ_TRY(read_exactly(body.data(), size));
  protocol::Message message;
  // In two steps, since the library itself would print that something is missing.
  if (!message.ParsePartialFromString(body) || !message.IsInitialized()) return malformed();
  if (message.kind_case() == protocol::Message::KIND_NOT_SET) return malformed();
  return message;
}

Result<protocol::Message> MessageStream::receive_reply() {
  VZ_ASSIGN(auto message, receive());
  if (!message.has_failure()) return message;
  const int code = message.failure().exit_code();
  // What a shell would take for success, or for another code, is none.
  const bool valid = code > 0 && code < 256;
  return migrate_failure(valid ? static_cast<MigrateCode>(code) : MigrateCode::cannot_connect,
                         message.failure().text());
}

Result<protocol::Done> MessageStream::receive_done() {
  VZ_ASSIGN(const auto message, receive_reply());
  if (message.has_done()) return message.done();
  return migrate_failure(MigrateCode::cannot_connect, "the other side gave an answer that does not fit");
}

Result<void> MessageStream::greet() {
  protocol::Message ours;
  ours.mutable_hello()->set_protocol(kProtocolVersion);
  ours.mutable_hello()->set_program("vzmigrate " VZ_VERSION);
  VZ_TRY(send(ours));
  VZ_ASSIGN(const auto theirs, receive_reply());
  if (theirs.has_hello() && theirs.hello().protocol() == kProtocolVersion) return {};
  const std::string them = theirs.has_hello() ? theirs.hello().program() + " (protocol " +
                                                    std::to_string(theirs.hello().protocol()) + ")"
                                              : "something else";
  return migrate_failure(MigrateCode::not_ready,
                         "The other side is " + them + ", this is vzmigrate " VZ_VERSION " (protocol " +
                             std::to_string(kProtocolVersion) + "): install the same version on both nodes");
}

}  // namespace vz
