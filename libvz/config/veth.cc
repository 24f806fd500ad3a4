#include "libvz/config/veth.h"

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// FNV-1a.
std::uint32_t hash_of(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 16777619U;
  return hash ^ (hash >> 24);
}

}  // namespace

std::string default_host_ifname(Ctid ctid, const std::string& ifname) {
  const size_t first = ifname.find_first_of("0123456789");
  std::string digits = "0";
  if (first != std::string::npos) {
    digits = ifname.substr(first, ifname.find_first_not_of("0123456789", first) - first);
  }
  return "veth" + std::to_string(ctid) + "." + digits;
}

Mac generate_mac(const std::string& device, Ctid ctid, const std::string& host_address) {
  const std::uint32_t hash = hash_of(device + ":" + std::to_string(ctid) + ":" + host_address);
  return Mac{{0x00, 0x18, 0x51, static_cast<std::uint8_t>(hash >> 16), static_cast<std::uint8_t>(hash >> 8),
              static_cast<std::uint8_t>(hash)}};
}

std::string host_hardware_address() {
  constexpr std::string_view kNone = "00:00:00:00:00:00";
  const auto interfaces = list_directory("/sys/class/net");
  if (!interfaces) return {};
  for (const auto& interface : *interfaces) {
    const std::string directory = "/sys/class/net/" + interface;
    const auto type = read_file(directory + "/type");
    const auto address = read_file(directory + "/address");
    const bool ethernet = type && trim(*type) == "1";
    // Ours come and go.
    if (!ethernet || !address || interface.starts_with("veth") || trim(*address) == kNone) continue;
    return std::string(trim(*address));
  }
  return {};
}

void complete_veth(Veth& veth, Ctid ctid, const std::string& host_address) {
  if (veth.host_ifname.empty()) veth.host_ifname = default_host_ifname(ctid, veth.ifname);
  if (veth.mac && !veth.host_mac) veth.host_mac = veth.mac;
  if (!veth.mac) veth.mac = generate_mac(veth.ifname, ctid, host_address);
  if (!veth.host_mac) veth.host_mac = generate_mac(veth.host_ifname, ctid, host_address);
}

}  // namespace vz
