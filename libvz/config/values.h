#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// The values that parameters have. Each has parse_X (the error's text says what is wrong; code invalid_value) and a text
// form that parses to the same value. Syntax: vzctl(8), ctid.conf(5).

// LONG_MAX: how "unlimited" is stored and shown to programs.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

struct IpAddress {
  int family = 0;  // AF_INET or AF_INET6
  std::array<std::uint8_t, 16> bytes{};  // the first 4 for AF_INET
  std::optional<unsigned> prefix;        // as given after the slash

  // Canonical, without prefix.
  std::string address() const;
  // Canonical, with /prefix if one was given.
  std::string text() const;
  bool same_address(const IpAddress& other) const { return family == other.family && bytes == other.bytes; }
  bool operator==(const IpAddress&) const = default;
};
Result<IpAddress> parse_ip(std::string_view text);

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  std::string text() const;  // upper-case, colons
  bool operator==(const Mac&) const = default;
};
Result<Mac> parse_mac(std::string_view text);

// One element of NETIF.
struct Veth {
  std::string ifname;
  std::optional<Mac> mac;
  std::string host_ifname;
  std::optional<Mac> host_mac;
  std::string bridge;  // empty: none
  std::optional<bool> mac_filter;
  bool operator==(const Veth&) const = default;
};

struct BarrierLimit {
  std::uint64_t barrier = kUnlimited;
  std::uint64_t limit = kUnlimited;
  bool operator==(const BarrierLimit&) const = default;
};

struct SoftHard {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  bool operator==(const SoftHard&) const = default;
};

// CPUMASK / NODEMASK.
struct IdMask {
  enum class Kind : std::uint8_t { list, all, automatic };
  Kind kind = Kind::list;
  std::vector<unsigned> ids;  // sorted, for Kind::list
  std::string text() const;   // canonical: "0-3,7", "all", "auto"
  bool operator==(const IdMask&) const = default;
};

// CAPABILITY: capability number (linux/capability.h) → on or off.
using CapabilityChanges = std::map<unsigned, bool>;

// One element of DEVNODES.
struct DeviceNode {
  std::string name;   // below /dev
  std::string perms;  // of "rwq"; empty means none
  bool operator==(const DeviceNode&) const = default;
};

enum class Layout : std::uint8_t { simfs, ploop };

}  // namespace vz
