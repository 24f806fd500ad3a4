#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// One message over a unix socket, with descriptors (unix(7), SCM_RIGHTS). At most kMostPassedFds of them, at
// least one byte of text.
inline constexpr size_t kMostPassedFds = 8;

Result<void> send_with_fds(int socket, std::string_view text, const std::vector<int>& fds);

struct Received {
  std::string text;
  std::vector<Fd> fds;  // close-on-exec
};
// Waits for a message. The other side is not trusted: the end of the stream, more than longest bytes, and any
// other number of descriptors than asked for are errors, and whatever came with them is closed.
Result<Received> receive_with_fds(int socket, size_t longest, size_t fd_count);

// The same for a message that may come with one descriptor or none, and without waiting: EAGAIN is an error.
Result<Received> receive_with_optional_fd(int socket, size_t longest);

}  // namespace vz
