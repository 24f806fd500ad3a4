#include "libvz/network/checksum.h"

#include <netinet/in.h>

#include <cstdint>

namespace vz {

namespace {

// Source: RFC 1071; the pseudo headers of RFC 9293 and RFC 8200.
std::uint32_t add_words(std::uint32_t sum, const unsigned char* data, size_t size) {
  for (size_t i = 0; i + 1 < size; i += 2) sum += static_cast<std::uint32_t>(data[i] << 8 | data[i + 1]);
  if (size % 2 != 0) sum += static_cast<std::uint32_t>(data[size - 1] << 8);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

struct Transport {
  size_t offset;  // of the segment in the packet
  size_t end;
  unsigned protocol;
  size_t addresses;  // offset of source and destination
  size_t addresses_size;
};

bool find_transport(const unsigned char* packet, size_t size, Transport& found) {
  if (size >= 20 && packet[0] >> 4 == 4) {
    const size_t header = static_cast<size_t>(packet[0] & 15) * 4;
    const size_t total = static_cast<size_t>(packet[2] << 8 | packet[3]);
    const bool fragment = ((packet[6] << 8 | packet[7]) & 0x3fff) != 0;
    if (header < 20 || total < header || total > size || fragment) return false;
    found = {header, total, packet[9], 12, 8};
    return true;
  }
  if (size >= 40 && packet[0] >> 4 == 6) {
    const size_t total = 40 + static_cast<size_t>(packet[4] << 8 | packet[5]);
    if (total > size) return false;
    found = {40, total, packet[6], 8, 32};
    return true;
  }
  return false;
}

}  // namespace

void complete_checksum(char* packet, size_t size) {
  auto* bytes = reinterpret_cast<unsigned char*>(packet);
  Transport part{};
  if (!find_transport(bytes, size, part)) return;
  const bool tcp = part.protocol == IPPROTO_TCP;
  const size_t length = part.end - part.offset;
  if ((!tcp && part.protocol != IPPROTO_UDP) || length < (tcp ? 20U : 8U)) return;
  unsigned char* field = bytes + part.offset + (tcp ? 16 : 6);
  field[0] = field[1] = 0;
  std::uint32_t sum = part.protocol + static_cast<std::uint32_t>(length);
  sum = add_words(sum, bytes + part.addresses, part.addresses_size);
  sum = add_words(sum, bytes + part.offset, length);
  std::uint32_t checksum = ~sum & 0xffff;
  if (checksum == 0 && !tcp) checksum = 0xffff;  // zero would mean none (RFC 768)
  field[0] = static_cast<unsigned char>(checksum >> 8);
  field[1] = static_cast<unsigned char>(checksum & 0xff);
}

}  // namespace vz
