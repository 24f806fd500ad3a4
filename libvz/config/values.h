#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
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
  bool truncated = false;             // set when that happened
  std::vector<std::string> notes;     // lines that explain to the user what is wrong with the text
  std::vector<std::string> warnings;  // lines about what was left out of a text that is right otherwise
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

// One element of DEVICES.
struct DeviceRule {
  char type = 'c';  // b or c
  unsigned major = 0;
  std::optional<unsigned> minor;  // none: all
  std::string perms;              // of "rwq"; empty means none
  bool same_device(const DeviceRule& other) const {
    return type == other.type && major == other.major && minor == other.minor;
  }
  bool operator==(const DeviceRule&) const = default;
};

// One element of RATE and TOTALRATE: how fast a container, or all of them, may send through a host interface
// to the addresses of a class.
struct RateRule {
  std::string device;          // a host interface, or "*": each that shaping is on for
  unsigned traffic_class = 0;  // 0 to 15
  unsigned kbits = 0;          // a second
  bool same_target(const RateRule& other) const {
    return device == other.device && traffic_class == other.traffic_class;
  }
  bool operator==(const RateRule&) const = default;
};

// One element of BANDWIDTH.
struct LinkBandwidth {
  std::string device;
  std::optional<unsigned> kbits;  // a second
  bool operator==(const LinkBandwidth&) const = default;
};

enum class Layout : std::uint8_t { simfs, ploop };

// FEATURES, in the order in which they are stored.
enum class Feature : std::uint8_t { sysfs, nfs, sit, ipip, ppp, ipgre, bridge, nfsd, fuse, tun, nesting };
using FeatureChanges = std::map<Feature, bool>;

// NETFILTER: how much of netfilter the container may use, from nothing to all.
enum class Netfilter : std::uint8_t { disabled, stateless, stateful, full };

// IPTABLES: indexes into the list of module names.
using IptablesModules = std::set<unsigned>;

// MEMINFO.
struct Meminfo {
  enum class Mode : std::uint8_t { none, pages, privvmpages };
  Mode mode = Mode::none;
  std::uint64_t count = 0;
  bool operator==(const Meminfo&) const = default;
};

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

// b|c:major:minor|all:[r][w][q]|none, separated by blanks. Major number 7 (loop devices) is refused: a note.
Result<std::vector<DeviceRule>> parse_device_rules(std::string_view text, ParseContext& context);
std::string device_rules_text(const std::vector<DeviceRule>& value);

// [domain:]bus:slot.function, hexadecimal, separated by blanks; returned with domain, as "0000:00:1f.2".
Result<std::vector<std::string>> parse_pci_devices(std::string_view text);

// DEVICE|*:CLASS:KBITS, separated by blanks.
Result<std::vector<RateRule>> parse_rates(std::string_view text);
std::string rates_text(const std::vector<RateRule>& value);
// DEVICE[:KBITS], separated by blanks.
Result<std::vector<LinkBandwidth>> parse_bandwidths(std::string_view text);

// Names of host interfaces, separated by blanks. Those beginning with venet, tun, tap and lo are refused.
Result<std::vector<std::string>> parse_netdevs(std::string_view text);

// name:on|off, separated by blanks or commas. An unknown name is a warning in a file (context.truncate), an
// error on the command line.
Result<FeatureChanges> parse_features(std::string_view text, ParseContext& context);
std::string features_text(const FeatureChanges& value);
std::string_view feature_name(Feature feature);

Result<Netfilter> parse_netfilter(std::string_view text, ParseContext& context);
std::string_view netfilter_text(Netfilter value);

// Module names, separated by blanks or commas, with the modules that they need. Unknown ones are a warning.
Result<IptablesModules> parse_iptables(std::string_view text, ParseContext& context);
// Each name followed by a blank.
std::string iptables_text(const IptablesModules& value);

// none, pages:N or privvmpages:N, N > 0.
Result<Meminfo> parse_meminfo(std::string_view text);
std::string meminfo_text(const Meminfo& value);

// Bytes a second, at most INT_MAX: more is cut to that. bare: what a number without suffix (B K M G) counts,
// in bytes. "unlimited" is 0.
Result<unsigned> parse_iolimit(std::string_view text, std::uint64_t bare, ParseContext& context);
// Operations a second; "unlimited" is 0.
Result<unsigned> parse_iopslimit(std::string_view text);

// A factor such as 1.5; not negative, not infinite.
Result<double> parse_factor(std::string_view text);
std::string factor_text(double value);

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
