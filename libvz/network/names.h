#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"

namespace vz {

// How interfaces are called and numbered. All of it follows from the CTID and the name inside, so that every
// node makes the same of the same configuration.

// The routed interface inside the container.
inline constexpr const char* kVenetName = "venet0";

// The host end of the container's venet0: "venet<CTID>", at most 15 characters (IFNAMSIZ - 1) for every CTID.
std::string venet_host_name(Ctid ctid);

// The host end of a veth if the configuration names none: "veth<CTID>.<N>", N the digits that follow the
// non-digit prefix of ifname (eth0 → 0, none → 0). Where that would pass 15 characters: "ve<CTID>.<N>".
// Source of the first form: vzctl 4.x.
std::string default_veth_host_name(Ctid ctid, std::string_view ifname);

// True for names that this project gives to host ends (venet<digits>, veth<digits>.<digits>,
// ve<digits>.<digits>).
bool is_host_end_name(std::string_view name);

// The interface index that the container's end is created with. CRIU, when it restores a veth of a container
// with a user namespace, creates it in the host's network namespace under the index that it had inside; so
// the index must be free on every host. The kernel numbers a host's own interfaces from 1 up; these lie in
// 2^30 … 2^31-1. slot: 0 … 63, 0 is venet0, others for veth. Two CTIDs that are equal modulo 2^24 share
// indexes, which matters only while both are being restored at the same moment on one host.
int container_ifindex(Ctid ctid, unsigned slot);
inline constexpr unsigned kIfindexSlots = 64;
// The slot to try first for a veth of this name: 1 … 63.
unsigned first_veth_slot(std::string_view ifname);

// The MAC of a device that the configuration gives none: OUI 00:18:51 and three bytes of a hash of the device
// name, the CTID and the host's first Ethernet address (without it, two hosts would give the same MAC to the
// same CTID). Source of the form: vzctl 4.x.
Mac generate_mac(std::string_view device, Ctid ctid, const Mac& host_address);

// Fills host_ifname, mac and host_mac where they are not given. Only mac given: host_mac is the same; nothing
// given: two different ones.
Veth complete_veth(Ctid ctid, Veth veth, const Mac& host_address);

}  // namespace vz
