#pragma once

#include <cstdint>
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

// The tables that a script needs.
enum class FilterFamily : std::uint8_t { inet, bridge };

// The scripts for nft -f. Each is a transaction and can be repeated; pure, for tests. The interface names
// must be valid (is_valid_interface_name()).
std::string base_filter_script(FilterFamily family);
std::string venet_filter_script(Ctid ctid,
                                const std::vector<IpAddress>& ips);  // sets exactly these addresses
std::string venet_add_script(Ctid ctid, const IpAddress& ip);
std::string venet_remove_script(Ctid ctid, const IpAddress& ip);
std::string venet_clear_script(Ctid ctid);
// Frames from the interface with another hardware address than this are dropped and counted.
std::string veth_filter_script(const std::string& host_ifname, const Mac& mac);
std::string veth_clear_script(const std::string& host_ifname);

// Letters, digits, "._-", 1 to 15 of them: what can stand in a script.
bool is_valid_interface_name(std::string_view name);

// Runs nft on the base scripts of the families and the script, as one transaction. Error: the first line that
// nft says, code netdev.
Result<void> apply_filter(const std::vector<FilterFamily>& families, const std::string& script);

}  // namespace vz
