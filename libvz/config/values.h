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

// The values that parameters have. Each has parse_X (the error's text says what is wrong; code invalid_value)
// and a text form that parses to the same value. Syntax: vzctl(8), ctid.conf(5).

// How a text is to be read, and what came up while reading it.
struct ParseContext {
  // A number that is too large is cut to the largest one (configuration files) instead of refused (command
  // line).
  bool truncate = false;
  bool truncated = false;          // set when that happened
  std::vector<std::string> notes;  // lines that explain to the user what is wrong with the text
};

// LONG_MAX: how "unlimited" is stored and shown to programs.
inline constexpr std::uint64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

struct IpAddress {
  int family = 0;                        // AF_INET or AF_INET6
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

// "yes" or "no", lower case.
Result<bool> parse_yes_no(std::string_view text);
// "on" or "off".
Result<bool> parse_on_off(std::string_view text);
// Decimal, least..most. As strtol(3): leading blanks and a plus sign are fine.
Result<unsigned> parse_number(std::string_view text, unsigned least, unsigned most);

// What a bare number counts, and what a suffix T G M K B (bytes, powers of 1024) or P (pages) makes of it.
enum class Unit : std::uint8_t {
  count,   // a fraction is cut off; no suffix
  inodes,  // suffixes multiply by powers of 1024
  pages,   // bare: pages; with a suffix: bytes, in whole pages
  bytes,
  kilobytes,  // bare: KB; with a suffix: bytes, in whole KB
};
// May have a fraction ("1.5M"). unlimited: not for inodes and kilobytes.
Result<std::uint64_t> parse_amount(std::string_view text, Unit unit, ParseContext& context);
// A decimal number, or "unlimited".
std::string amount_text(std::uint64_t amount);

// barrier[:limit]; one value is both.
Result<BarrierLimit> parse_barrier_limit(std::string_view text, Unit unit, ParseContext& context);
// As stored: one number when both are equal.
std::string barrier_limit_text(const BarrierLimit& value);
// --ram and --swap: bytes, rounded up to pages: 0:PAGES.
Result<BarrierLimit> parse_memory(std::string_view text, ParseContext& context);

// soft[:hard].
Result<SoftHard> parse_soft_hard(std::string_view text, Unit unit, ParseContext& context);
// Always soft:hard.
std::string soft_hard_text(const SoftHard& value);

// Percent of one CPU; with % at the end: of the whole host, at most 100%.
Result<unsigned> parse_cpulimit(std::string_view text, unsigned host_cpus);
unsigned host_cpus();

// "auto" only where automatic is allowed (CPUMASK).
Result<IdMask> parse_id_mask(std::string_view text, bool automatic_allowed);

// name:on|off, separated by blanks or commas. An unknown name leaves a note.
Result<CapabilityChanges> parse_capabilities(std::string_view text, ParseContext& context);
// Upper case, separated by blanks.
std::string capabilities_text(const CapabilityChanges& value);
// Lower case without "cap_"; empty for a number that has no name.
std::string_view capability_name(unsigned number);

// name:[r][w][q] or name:none, separated by blanks.
Result<std::vector<DeviceNode>> parse_device_nodes(std::string_view text, ParseContext& context);
std::string device_nodes_text(const std::vector<DeviceNode>& value);

// simfs, ploop, ploop:MODE. The mode is only looked at.
Result<Layout> parse_layout(std::string_view text);
std::string layout_text(Layout layout);

// Addresses separated by blanks. The unspecified addresses (0.0.0.0, ::) are left out.
Result<std::vector<IpAddress>> parse_ip_list(std::string_view text);
std::string ip_list_text(const std::vector<IpAddress>& value);

// Addresses, or the one word "inherit" (what follows it is ignored).
Result<std::vector<std::string>> parse_nameservers(std::string_view text);
// Domain names, or "inherit".
Result<std::vector<std::string>> parse_searchdomains(std::string_view text);

// Letters, digits, blank - + _ . ; empty means: no name.
Result<std::string> parse_container_name(std::string_view text);

// A name that the kernel takes for a network interface.
bool is_interface_name(std::string_view text);
// NETIF: ifname=…,bridge=…,mac=…,host_ifname=…,host_mac=…,mac_filter=on|off; several separated by semicolons.
Result<std::vector<Veth>> parse_netif(std::string_view text);
std::string netif_text(const std::vector<Veth>& value);
// --netif_add: ifname[,mac[,host_ifname[,host_mac[,bridge]]]]; a part may be empty. Bad addresses leave a
// note.
Result<Veth> parse_netif_add(std::string_view text, ParseContext& context);

}  // namespace vz
