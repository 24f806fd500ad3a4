#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libvz/core/result.h"

namespace vz {

// The most that one TCP socket of a network namespace buffers by itself, in bytes: never more than the
// host's own sockets, at least as much as the kernel insists on. Unset: as it is.
struct TcpBuffers {
  std::optional<std::uint64_t> send;
  std::optional<std::uint64_t> receive;
};

// net.ipv4.tcp_wmem and tcp_rmem, of IPv6 too. The container's root may change them again. Exit code netdev.
Result<void> limit_tcp_buffers(int netns_fd, const TcpBuffers& buffers);

// Pure: "4096 16384 4194304" with its last number at most limit, and the second at most the last.
std::string limited_tcp_buffers(std::string_view host, std::uint64_t limit);

}  // namespace vz
