#include "libvz/core/fd_passing.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vz {

namespace {

constexpr size_t kControlSize = CMSG_SPACE(kMostPassedFds * sizeof(int));

struct Control {
  alignas(cmsghdr) std::array<char, kControlSize> bytes{};
};

// All descriptors that came, in whatever shape, so that none stays open by accident.
std::vector<Fd> take_fds(msghdr& message) {
  std::vector<Fd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

Result<void> send_with_fds(int socket, std::string_view text, const std::vector<int>& fds) {
  if (text.empty() || fds.empty() || fds.size() > kMostPassedFds) {
    return fail_errno(ExitCode::system, "pass descriptors", EINVAL);
  }
  iovec data{const_cast<char*>(text.data()), text.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail_errno(ExitCode::system, "pass descriptors");
  if (static_cast<size_t>(sent) != text.size())
    return fail(ExitCode::system, "pass descriptors: message cut off");
  return {};
}

namespace {

Result<Received> receive_message(int socket, size_t longest, int flags) {
  Received received;
  received.text.resize(longest);
  iovec data{received.text.data(), received.text.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got = 0;
  do {
    got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail_errno(ExitCode::system, "receive descriptors");
  received.fds = take_fds(message);
  if (got == 0) return fail(ExitCode::system, "receive descriptors: the other side said nothing");
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return fail(ExitCode::system, "receive descriptors: not what was expected");
  }
  received.text.resize(static_cast<size_t>(got));
  return received;
}

}  // namespace

Result<Received> receive_with_fds(int socket, size_t longest, size_t fd_count) {
  VZ_ASSIGN(Received received, receive_message(socket, longest, 0));
  if (received.fds.size() != fd_count)
    return fail(ExitCode::system, "receive descriptors: not what was expected");
  return received;
}

Result<Received> receive_with_optional_fd(int socket, size_t longest) {
  VZ_ASSIGN(Received received, receive_message(socket, longest, MSG_DONTWAIT));
  if (received.fds.size() > 1) return fail(ExitCode::system, "receive descriptors: not what was expected");
  return received;
}

}  // namespace vz
