#pragma once

#include <string>

#include "libvz/core/result.h"

namespace vz {

// Network settings of this host's namespace (kernel: Documentation/networking/ip-sysctl.rst). Only those
// which the addresses of containers need; each is written only if it differs. A kernel without IPv6 is fine
// where nothing of IPv6 is asked for.

// The host end of a venet: forwarding, proxy ARP without delay, no router advertisements or redirects taken
// from the container, no automatic link-local address.
Result<void> prepare_host_end(const std::string& name, bool ipv6);

// The host end of a bridged veth: a port has no addresses of its own.
Result<void> prepare_bridge_port(const std::string& name);

// An uplink: forwarding, and answers for containers' addresses at once instead of after up to 0.8 s. IPv6
// forwards only if net.ipv6.conf.all.forwarding says so, and a forwarding host ignores router advertisements
// unless accept_ra is 2; an interface that took them before is set to that, so that the host does not lose
// its own default route.
Result<void> prepare_uplink(const std::string& name, int family);

}  // namespace vz
