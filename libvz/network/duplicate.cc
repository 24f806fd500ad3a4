#include <linux/if_ether.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "libvz/network/announce.h"
#include "libvz/network/packet.h"
#include "libvz/network/packet_socket.h"

namespace vz {

Result<DuplicateCheck> DuplicateCheck::start(const std::vector<IpAddress>& ips,
                                             const std::vector<std::string>& uplinks) {
  DuplicateCheck check;
  check.ips_ = ips;
  check.started_ = std::chrono::steady_clock::now();
  if (ips.empty()) return check;
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  for (const auto& ip : ips) {
    const bool ipv6 = ip.family == AF_INET6;
    VZ_ASSIGN(const auto found, find_uplinks(netlink, ip, uplinks));
    for (const auto& uplink : found) {
      auto socket = std::ranges::find_if(check.sockets_, [&](const Socket& candidate) {
        return candidate.uplink.index == uplink.index && candidate.ipv6 == ipv6;
      });
      if (socket == check.sockets_.end()) {
        VZ_ASSIGN(Fd fd, open_packet_socket(uplink.index, ipv6 ? ETH_P_IPV6 : ETH_P_ARP));
        socket = check.sockets_.insert(socket, Socket{std::move(fd), uplink, ipv6});
      }
      VZ_TRY(send_frame(socket->fd.get(), ipv6 ? neighbour_probe(uplink.mac, ip)
                                               : arp_request(uplink.mac, uplink.address, ip)));
    }
  }
  return check;
}

void DuplicateCheck::collect(const Socket& socket, std::vector<Conflict>& conflicts) const {
  char frame[2048];
  for (;;) {
    const ssize_t got = recv(socket.fd.get(), frame, sizeof frame, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const auto claim = read_claim({frame, static_cast<size_t>(got)});
    if (!claim || claim->mac == socket.uplink.mac) continue;
    const auto same = [&](const auto& ip) { return ip.same_address(claim->ip); };
    const bool asked = std::ranges::any_of(ips_, same);
    const bool known = std::ranges::any_of(conflicts, same, &Conflict::ip);
    if (asked && !known) conflicts.push_back({claim->ip, claim->mac, socket.uplink.name});
  }
}

Result<std::vector<DuplicateCheck::Conflict>> DuplicateCheck::finish(std::chrono::milliseconds wait) {
  std::vector<Conflict> conflicts;
  const auto deadline = started_ + wait;
  for (;;) {
    for (const auto& socket : sockets_) collect(socket, conflicts);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    if (left <= 0 || sockets_.empty() || conflicts.size() >= ips_.size()) return conflicts;
    std::vector<pollfd> polls;
    for (const auto& socket : sockets_) polls.push_back({socket.fd.get(), POLLIN, 0});
    if (poll(polls.data(), polls.size(), static_cast<int>(left)) < 0 && errno != EINTR) {
      return fail_errno(ExitCode::netdev, "wait for answers to address probes");
    }
  }
}

}  // namespace vz
