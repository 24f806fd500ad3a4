#include "libvz/network/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

namespace vz {

Result<Fd> open_packet_socket(int ifindex, unsigned protocol) {
  const auto network_order = htons(static_cast<std::uint16_t>(protocol));
  Fd socket_fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket_fd) return fail_errno(ExitCode::netdev, "packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = network_order;
  address.sll_ifindex = ifindex;
  if (bind(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return fail_errno(ExitCode::netdev, "packet socket on interface " + std::to_string(ifindex));
  }
  return socket_fd;
}

Result<void> send_frame(int socket, const std::string& frame) {
  if (send(socket, frame.data(), frame.size(), MSG_DONTWAIT) < 0)
    return fail_errno(ExitCode::netdev, "send frame");
  return {};
}

}  // namespace vz
