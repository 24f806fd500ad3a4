#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// The nftables tables "inet vz" and "bridge vz": anti-spoofing and the gate (gate.h). Rules match interface
// names, so they can be made before the interface is there. All containers share the base chains; the way of
// a packet does not grow longer with the number of containers, because one map look-up by interface name
// finds the container's chain.
//
// ARP from a venet needs no filter: the host's neighbour entries belong to one interface each, and which
// interface an address is behind is said by the host's routes alone.

// The scripts for nft -f. Each is a transaction of its own and can be repeated; pure, for tests.
std::string base_filter_script();
std::string venet_filter_script(Ctid ctid,
                                const std::vector<IpAddress>& ips);  // sets exactly these addresses
std::string venet_add_script(Ctid ctid, const IpAddress& ip);
std::string venet_remove_script(Ctid ctid, const IpAddress& ip);
std::string venet_clear_script(Ctid ctid);
std::string veth_filter_script(const std::string& host_ifname, const Mac& mac);
std::string veth_clear_script(const std::string& host_ifname);

// Makes the tables if they are not there.
Result<void> load_filter();
// Runs nft on base_filter_script() and the script, as one transaction. Error: the first line that nft says.
Result<void> apply_filter(std::string_view script);

}  // namespace vz
