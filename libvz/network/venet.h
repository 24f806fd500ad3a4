#pragma once

#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// venet0: a routed veth pair. Inside, venet0 holds the container's addresses as /32 and /128 and the default
// routes through 169.254.0.1 and fe80::1. Those two addresses are on the host end, venet<CTID>. The host has
// one route to each address through the host end, answers ARP and ND for them on its uplinks (proxy
// neighbours), forwards, and lets through from the container only packets with one of its addresses as source
// (filter.h).
//
// Nothing is started but nft, once per call that changes the filter. Calls that change the host are not
// transactions: after an error call remove_venet(). Errors have code cannot_add_ip unless said otherwise.

struct VenetOptions {
  bool ipv6 = true;  // IPV6 of vz.conf
  // Host interfaces on whose networks the addresses are answered for and announced. Empty: see
  // find_uplinks().
  std::vector<std::string> uplinks;
  // VE_ROUTE_SRC_DEV: what the host itself sends to the addresses comes from this interface's. Empty: the
  // kernel chooses.
  std::string source_device;
};

// Creates the pair, its inner end directly in the container's network namespace with index
// container_ifindex(CTID, 0), brings lo and venet0 up, and adds the addresses on both sides. A left-over host
// end of the same name is removed first.
Result<void> create_venet(Ctid ctid, int netns_fd, const std::vector<IpAddress>& ips,
                          const VenetOptions& options);

// One address of a running container, on both sides; the other addresses and open connections do not notice.
// Adding one that is there, and removing one that is not, is fine. add_ip creates the pair if the container
// has none.
Result<void> add_ip(Ctid ctid, int netns_fd, const IpAddress& ip, const VenetOptions& options);
Result<void> del_ip(Ctid ctid, int netns_fd, const IpAddress& ip, const VenetOptions& options);

// Takes everything away from the host: pair, routes, proxy neighbours, filter. What is not there is fine.
// ips: all that the container may have had.
Result<void> remove_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions& options);

// The host no longer leads to these addresses, nor answers for them; the pair stays. For a container that has
// moved away: what still comes for it is forwarded like any other packet. Netlink only, well below a
// millisecond.
Result<void> withdraw_venet(Ctid ctid, const std::vector<IpAddress>& ips);

// For a restore, in two steps. prepare_venet: what can be done while the container still runs elsewhere
// (forwarding, filter; it names the interface but does not need it; the address is not yet answered for).
// attach_venet: once CRIU has created the host end ("--external veth[venet0]:venet<CTID>"): no process is
// started, only netlink and sysctl. The host end is up afterwards; whether traffic passes is the gate's
// business (gate.h).
Result<void> prepare_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions& options);
Result<void> attach_venet(Ctid ctid, const std::vector<IpAddress>& ips, const VenetOptions& options);

// True if some interface or route of this host already leads to the address (a local address, or another
// container's route). Code for the caller's error: ip_in_use.
Result<bool> address_in_use_on_host(const IpAddress& ip, Ctid except);

}  // namespace vz
