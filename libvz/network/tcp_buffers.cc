#include "libvz/network/tcp_buffers.h"

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/network/netns.h"

namespace vz {

namespace {

Result<void> limit_one(int netns_fd, const std::string& file, std::uint64_t limit) {
  VZ_ASSIGN(const std::string host, read_file(file));
  return run_in_netns(netns_fd, [&] { return write_knob(file, limited_tcp_buffers(host, limit)); });
}

}  // namespace

std::string limited_tcp_buffers(std::string_view host, std::uint64_t limit) {
  constexpr std::uint64_t kLeast = 4608;  // below that (SOCK_MIN_SNDBUF) the kernel takes its own minimum
  std::vector<std::uint64_t> numbers;
  for (const auto& word : split(host, " \t\n")) {
    numbers.push_back(std::min<std::uint64_t>(parse_unsigned(word).value_or(0), std::max(limit, kLeast)));
  }
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

Result<void> limit_tcp_buffers(int netns_fd, const TcpBuffers& buffers) {
  if (buffers.send) VZ_TRY(limit_one(netns_fd, "/proc/sys/net/ipv4/tcp_wmem", *buffers.send));
  if (!buffers.receive) return {};
  return limit_one(netns_fd, "/proc/sys/net/ipv4/tcp_rmem", *buffers.receive);
}

}  // namespace vz
