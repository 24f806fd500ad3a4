#pragma once

#include <cstddef>

namespace vz {

// Writes the checksum of the TCP segment or UDP datagram in a whole IP packet (v4 or v6). A packet between
// two virtual interfaces of one host carries only a part of it, which is completed by hardware that it never
// meets. Other protocols, fragments, IPv6 extension headers and packets that are cut short are left alone.
void complete_checksum(char* packet, size_t size);

}  // namespace vz
