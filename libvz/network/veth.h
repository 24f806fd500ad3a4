#pragma once

#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// A bridged interface: a veth pair, the host end a port of a bridge. The Veth given must be complete
// (complete_veth() in names.h); its bridge may be empty, the host end is then only up. Errors have code veth.

// Creates the pair, the container's end directly in its network namespace with a high index; attaches the
// host end to the bridge, installs the MAC filter unless mac_filter is off, brings both ends up (and lo). A
// host interface of that name is an error (EEXIST): it may be another interface's.
Result<void> create_veth(Ctid ctid, int netns_fd, const Veth& veth);

// Removes pair and filter. What is not there is fine.
Result<void> remove_veth(const Veth& veth);

// Changes what can be changed of a running one: bridge, mac_filter, host_mac and mac.
Result<void> update_veth(int netns_fd, const Veth& from, const Veth& to);

// For a restore, as in venet.h: the filter before, without the interface; the bridge, MAC and link state when
// CRIU has created the host end ("--external veth[IFNAME]:HOST_IFNAME", without the bridge).
Result<void> prepare_veth(const Veth& veth);
Result<void> attach_veth(const Veth& veth);

// The interface is there and is a bridge; otherwise an error that names it.
Result<void> check_bridge(const std::string& name);

// The MAC of the host's first Ethernet interface (lowest index) that is not a container's host end; all zero
// without one.
Result<Mac> first_host_mac();

}  // namespace vz
