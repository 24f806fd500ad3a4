#include "libvz/network/names.h"

#include <net/if.h>

#include <algorithm>

#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr size_t kLongestName = IFNAMSIZ - 1;
constexpr unsigned kFirstIndex = 1U << 30;
constexpr unsigned kContainers = 1U << 24;

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

std::string_view digits_of(std::string_view ifname) {
  const auto first = std::ranges::find_if(ifname, is_digit);
  const auto last = std::find_if_not(first, ifname.end(), is_digit);
  return {first, last};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// FNV-1a with a final mix, so that all bits depend on all input.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char character : text) value = (value ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccd;
  return value ^ (value >> 33);
}

}  // namespace

std::string venet_host_name(Ctid ctid) {
  return "venet" + std::to_string(ctid);
}

std::string default_veth_host_name(Ctid ctid, std::string_view ifname) {
  std::string number(digits_of(ifname));
  if (number.empty()) number = "0";
  const std::string tail = std::to_string(ctid) + "." + number;
  const std::string name = "veth" + tail;
  return name.size() <= kLongestName ? name : "ve" + tail;
}

bool is_host_end_name(std::string_view name) {
  if (name.starts_with("venet")) return all_digits(name.substr(5));
  if (!name.starts_with("ve")) return false;
  const std::string_view tail = name.substr(name.starts_with("veth") ? 4 : 2);
  const size_t dot = tail.find('.');
  return dot != std::string_view::npos && all_digits(tail.substr(0, dot)) && all_digits(tail.substr(dot + 1));
}

int container_ifindex(Ctid ctid, unsigned slot) {
  return static_cast<int>(kFirstIndex + ctid % kContainers * kIfindexSlots + slot % kIfindexSlots);
}

unsigned first_veth_slot(std::string_view ifname) {
  const auto number = parse_unsigned(digits_of(ifname));
  return static_cast<unsigned>(number.value_or(0) % (kIfindexSlots - 1)) + 1;
}

Mac generate_mac(std::string_view device, Ctid ctid, const Mac& host_address) {
  const std::uint64_t value =
      hash(std::string(device) + "\n" + std::to_string(ctid) + "\n" + host_address.text());
  return Mac{{0x00, 0x18, 0x51, static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
              static_cast<std::uint8_t>(value)}};
}

Veth complete_veth(Ctid ctid, Veth veth, const Mac& host_address) {
  if (veth.host_ifname.empty()) veth.host_ifname = default_veth_host_name(ctid, veth.ifname);
  if (!veth.host_mac)
    veth.host_mac = veth.mac ? *veth.mac : generate_mac(veth.host_ifname, ctid, host_address);
  if (!veth.mac) veth.mac = generate_mac(veth.ifname, ctid, host_address);
  return veth;
}

}  // namespace vz
