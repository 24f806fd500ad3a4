#include "libvz/network/packet_hold.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "libvz/network/checksum.h"

namespace vz {

namespace {

constexpr int kBufferBytes = 16 << 20;
constexpr int kLargestPacket = 65536;
constexpr unsigned kKeepWhole = 0xffffffffU;

// Where an address stands in the header of an IP packet, of which the socket shows the header first.
unsigned address_offset(int family, PacketHold::Direction direction) {
  const bool destination = direction == PacketHold::Direction::to_container;
  if (family == AF_INET) return destination ? 16 : 12;
  return destination ? 24 : 8;
}

// Classic BPF: keep a packet whose address is one of these. Each word of an address that differs leads to the
// next address; a match of all its words keeps.
std::vector<sock_filter> address_filter(const std::vector<IpAddress>& ips, int family, unsigned offset) {
  const unsigned words = family == AF_INET ? 1 : 4;
  std::vector<sock_filter> program;
  for (const auto& ip : ips) {
    if (ip.family != family) continue;
    for (unsigned word = 0; word < words; ++word) {
      std::uint32_t value = 0;
      memcpy(&value, ip.bytes.data() + 4 * word, sizeof value);
      program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset + 4 * word));
      const auto to_next = static_cast<std::uint8_t>(2 * (words - 1 - word) + 1);
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(value), 0, to_next));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kKeepWhole));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

bool has_family(const std::vector<IpAddress>& ips, int family) {
  for (const auto& ip : ips) {
    if (ip.family == family) return true;
  }
  return false;
}

Result<Fd> open_hold(const std::vector<IpAddress>& ips, int family, PacketHold::Direction direction) {
  // Protocol 0: it receives nothing before the filter is in place.
  Fd fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno(ExitCode::netdev, "packet socket");
  auto program = address_filter(ips, family, address_offset(family, direction));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0) {
    return fail_errno(ExitCode::netdev, "packet filter");
  }
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes) < 0) {
    (void)setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
  }
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&all), sizeof all) < 0) {
    return fail_errno(ExitCode::netdev, "packet socket");
  }
  return fd;
}

Result<Fd> open_sender(int family) {
  Fd fd(socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW));
  if (!fd) return fail_errno(ExitCode::netdev, "raw socket");
  const int on = 1;
  const bool included = family == AF_INET
                            ? setsockopt(fd.get(), IPPROTO_IP, IP_HDRINCL, &on, sizeof on) == 0
                            : setsockopt(fd.get(), IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on) == 0;
  if (!included) return fail_errno(ExitCode::netdev, "raw socket");
  return fd;
}

bool send_packet(const Fd& sender, int family, const char* packet, size_t size) {
  if (family == AF_INET) {
    if (size < 20) return false;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    memcpy(&to.sin_addr, packet + 16, sizeof to.sin_addr);
    return sendto(sender.get(), packet, size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) >= 0;
  }
  if (size < 40) return false;
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  memcpy(&to.sin6_addr, packet + 24, sizeof to.sin6_addr);
  return sendto(sender.get(), packet, size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) >= 0;
}

}  // namespace

Result<PacketHold> PacketHold::start(const std::vector<IpAddress>& ips, Direction direction) {
  PacketHold hold;
  for (const int family : {AF_INET, AF_INET6}) {
    if (!has_family(ips, family)) continue;
    VZ_ASSIGN(Fd fd, open_hold(ips, family, direction));
    hold.sockets_.push_back({std::move(fd), family});
  }
  return hold;
}

size_t PacketHold::release() {
  size_t sent = 0;
  std::vector<char> packet(kLargestPacket);
  for (const auto& held : sockets_) {
    auto sender = open_sender(held.family);
    if (!sender) continue;
    for (;;) {
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const ssize_t got = recvfrom(held.fd.get(), packet.data(), packet.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 0) break;
      // Ours going out, which an unbound packet socket sees as well.
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      complete_checksum(packet.data(), static_cast<size_t>(got));
      if (send_packet(*sender, held.family, packet.data(), static_cast<size_t>(got))) ++sent;
    }
  }
  sockets_.clear();
  return sent;
}

}  // namespace vz
