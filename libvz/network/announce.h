#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/fd.h"
#include "libvz/core/result.h"
#include "libvz/network/netlink.h"

namespace vz {

// Tells the neighbours where an address is now: gratuitous ARP (RFC 5227, as request and as reply, since some
// hosts heed only one of them) and unsolicited neighbour advertisements with the override flag (RFC 4861)
// over packet sockets. No process is started.

// venet: every address on the uplinks found for it (find_uplinks()), or on those named, with the uplink's
// MAC.
Result<void> announce_addresses(const std::vector<IpAddress>& ips,
                                const std::vector<std::string>& uplinks = {});

// veth: every address that ifname has inside, with its own MAC, from within the container's network
// namespace.
Result<void> announce_interface(int netns_fd, const std::string& ifname);

// To a container: the host end's own addresses, which are its next hops, when the gate is open: restored
// sockets have asked for them before the host end was up, hold their first packets, and the kernel would ask
// again only after a second (neigh/*/retrans_time_ms).
Result<void> announce_host_end(const std::string& ifname);

// Is somebody else on the uplinks' networks using an address? ARP probes and neighbour solicitations go out
// with start(); answers gather in the kernel while the caller goes on working; finish() collects them.
class DuplicateCheck {
 public:
  struct Conflict {
    IpAddress ip;
    Mac mac;  // of the one that answered
    std::string uplink;
  };

  static Result<DuplicateCheck> start(const std::vector<IpAddress>& ips,
                                      const std::vector<std::string>& uplinks = {});
  // Returns when every address has been answered for, or this long after start(). 1 s is what the reference
  // waits.
  Result<std::vector<Conflict>> finish(std::chrono::milliseconds wait = std::chrono::seconds(1));

 private:
  struct Socket {
    Fd fd;
    Uplink uplink;
    bool ipv6 = false;
  };
  DuplicateCheck() = default;
  void collect(const Socket& socket, std::vector<Conflict>& conflicts) const;

  std::vector<IpAddress> ips_;
  std::vector<Socket> sockets_;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace vz
