#pragma once

#include <string>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"

namespace vz {

// What a new veth interface gets where the administrator did not say it. Source of the rules: vzctl(8),
// --netif_add.

// veth<CTID>.<N>, N the digits after the name's first part: eth0 → 0; 0 if there are none.
std::string default_host_ifname(Ctid ctid, const std::string& ifname);

// 00:18:51 and three bytes out of the device's name, the CTID and this host's hardware address, so that
// neither two devices nor two hosts meet.
Mac generate_mac(const std::string& device, Ctid ctid, const std::string& host_address);

// The hardware address of the first interface of this host that has one; empty if there is none.
std::string host_hardware_address();

// Fills in names and addresses that are not set. A single address given for the container's side serves both
// sides.
void complete_veth(Veth& veth, Ctid ctid, const std::string& host_address);

}  // namespace vz
