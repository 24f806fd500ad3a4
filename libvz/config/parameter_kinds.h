#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "libvz/config/parameter_table.h"
#include "libvz/core/text.h"

namespace vz {

// The kinds of values that the table's rows are made of; only parameter_table.cc includes this. A kind has
// parse and print, and for lists same: which elements replace each other.

inline constexpr std::uint64_t kMegabyte = 1U << 20;
inline constexpr unsigned kMostInt = std::numeric_limits<int>::max();
inline constexpr unsigned kMostUnsigned = std::numeric_limits<unsigned>::max();

struct YesNo {
  static Result<bool> parse(std::string_view text, ParseContext&) { return parse_yes_no(text); }
  static std::string print(bool value) { return value ? "yes" : "no"; }
};

template <unsigned Least = 0, unsigned Most = kMostInt>
struct Number {
  static Result<unsigned> parse(std::string_view text, ParseContext&) {
    return parse_number(text, Least, Most);
  }
  static std::string print(unsigned value) { return std::to_string(value); }
};

// One line; what it says is up to the parameter.
struct Text {
  static Result<std::string> parse(std::string_view text, ParseContext&) {
    if (std::ranges::any_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; })) {
      return fail(ExitCode::invalid_value, "control characters are not allowed");
    }
    return std::string(text);
  }
  static std::string print(const std::string& value) { return value; }
};

struct Path : Text {
  static Result<std::string> parse(std::string_view text, ParseContext& context) {
    constexpr size_t kLongest = 511;
    if (!text.starts_with('/') || text.size() > kLongest)
      return fail(ExitCode::invalid_value, "not an absolute path");
    return Text::parse(text, context);
  }
};

// Comma-separated words.
struct OptionWords : Text {
  static Result<std::string> parse(std::string_view text, ParseContext& context) {
    if (text.find_first_of(" \t\"'\\$`;") != std::string_view::npos)
      return fail(ExitCode::invalid_value, "not a list of mount options");
    return Text::parse(text, context);
  }
};

struct Name : Text {
  static Result<std::string> parse(std::string_view text, ParseContext&) {
    return parse_container_name(text);
  }
};

struct LayoutName {
  static Result<Layout> parse(std::string_view text, ParseContext&) { return parse_layout(text); }
  static std::string print(Layout value) { return layout_text(value); }
};

template <Unit Counted>
struct Limits {
  static Result<BarrierLimit> parse(std::string_view text, ParseContext& context) {
    return parse_barrier_limit(text, Counted, context);
  }
  static std::string print(const BarrierLimit& value) { return barrier_limit_text(value); }
};

struct Memory {
  static Result<BarrierLimit> parse(std::string_view text, ParseContext& context) {
    return parse_memory(text, context);
  }
};

template <Unit Counted>
struct Quota {
  static Result<SoftHard> parse(std::string_view text, ParseContext& context) {
    return parse_soft_hard(text, Counted, context);
  }
  static std::string print(const SoftHard& value) { return soft_hard_text(value); }
};

struct CpuLimit : Number<> {
  static Result<unsigned> parse(std::string_view text, ParseContext&) {
    return parse_cpulimit(text, host_cpus());
  }
};

template <bool AutomaticAllowed>
struct Mask {
  static Result<IdMask> parse(std::string_view text, ParseContext&) {
    return parse_id_mask(text, AutomaticAllowed);
  }
  static std::string print(const IdMask& value) { return value.text(); }
};

struct IpList {
  static Result<std::vector<IpAddress>> parse(std::string_view text, ParseContext&) {
    return parse_ip_list(text);
  }
  static std::string print(const std::vector<IpAddress>& value) { return ip_list_text(value); }
  static bool same(const IpAddress& a, const IpAddress& b) { return a.same_address(b); }
};

struct Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_nameservers(text);
  }
  static std::string print(const std::vector<std::string>& value) { return join(value, " "); }
  static bool same(const std::string& a, const std::string& b) { return a == b; }
};

struct Searchdomains : Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_searchdomains(text);
  }
};

struct Netif {
  static Result<std::vector<Veth>> parse(std::string_view text, ParseContext&) { return parse_netif(text); }
  static std::string print(const std::vector<Veth>& value) { return netif_text(value); }
};

// What --netif_add says: one more interface.
struct NetifAdd : Netif {
  static Result<std::vector<Veth>> parse(std::string_view text, ParseContext& context) {
    VZ_ASSIGN(Veth veth, parse_netif_add(text, context));
    return std::vector<Veth>{std::move(veth)};
  }
  static bool same(const Veth& a, const Veth& b) { return a.ifname == b.ifname; }
};

struct Capabilities {
  static Result<CapabilityChanges> parse(std::string_view text, ParseContext& context) {
    return parse_capabilities(text, context);
  }
  static std::string print(const CapabilityChanges& value) { return capabilities_text(value); }
};

struct DeviceNodes {
  static Result<std::vector<DeviceNode>> parse(std::string_view text, ParseContext& context) {
    return parse_device_nodes(text, context);
  }
  static std::string print(const std::vector<DeviceNode>& value) { return device_nodes_text(value); }
  static bool same(const DeviceNode& a, const DeviceNode& b) { return a.name == b.name; }
};

template <auto Member, class Kind>
Result<void> parse_into(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN((into.*Member), Kind::parse(text, context));
  return {};
}

// Lists: an element that is there already (Kind::same) is replaced.
template <auto Member, class Kind>
Result<void> add_into(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN(auto elements, Kind::parse(text, context));
  auto& list = into.*Member;
  if (!list) list.emplace();
  for (auto& element : elements) {
    const auto known =
        std::ranges::find_if(*list, [&](const auto& other) { return Kind::same(other, element); });
    if (known == list->end()) {
      list->push_back(std::move(element));
    } else {
      *known = std::move(element);
    }
  }
  return {};
}

// Maps: a key that is there already gets the new value.
template <auto Member, class Kind>
Result<void> put_into(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN(const auto entries, Kind::parse(text, context));
  auto& map = into.*Member;
  if (!map) map.emplace();
  for (const auto& [key, value] : entries) (*map)[key] = value;
  return {};
}

struct DeviceRules {
  static Result<std::vector<DeviceRule>> parse(std::string_view text, ParseContext& context) {
    return parse_device_rules(text, context);
  }
  static std::string print(const std::vector<DeviceRule>& value) { return device_rules_text(value); }
  static bool same(const DeviceRule& a, const DeviceRule& b) { return a.same_device(b); }
};

struct PciDevices : Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_pci_devices(text);
  }
};

struct Rates {
  static Result<std::vector<RateRule>> parse(std::string_view text, ParseContext&) {
    return parse_rates(text);
  }
  static std::string print(const std::vector<RateRule>& value) { return rates_text(value); }
  static bool same(const RateRule& a, const RateRule& b) { return a.same_target(b); }
};

struct Netdevs : Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_netdevs(text);
  }
};

struct Features {
  static Result<FeatureChanges> parse(std::string_view text, ParseContext& context) {
    return parse_features(text, context);
  }
  static std::string print(const FeatureChanges& value) { return features_text(value); }
};

struct NetfilterLevel {
  static Result<Netfilter> parse(std::string_view text, ParseContext& context) {
    return parse_netfilter(text, context);
  }
  static std::string print(Netfilter value) { return std::string(netfilter_text(value)); }
};

struct Iptables {
  static Result<IptablesModules> parse(std::string_view text, ParseContext& context) {
    return parse_iptables(text, context);
  }
  static std::string print(const IptablesModules& value) { return iptables_text(value); }
};

struct MeminfoMode {
  static Result<Meminfo> parse(std::string_view text, ParseContext&) { return parse_meminfo(text); }
  static std::string print(const Meminfo& value) { return meminfo_text(value); }
};

struct Factor {
  static Result<double> parse(std::string_view text, ParseContext&) { return parse_factor(text); }
  static std::string print(double value) { return factor_text(value); }
};

// Bare: what a number without suffix counts. In a file that is bytes, on the command line megabytes.
template <std::uint64_t Bare>
struct IoLimit : Number<> {
  static Result<unsigned> parse(std::string_view text, ParseContext& context) {
    return parse_iolimit(text, Bare, context);
  }
};

struct IopsLimit : Number<> {
  static Result<unsigned> parse(std::string_view text, ParseContext&) { return parse_iopslimit(text); }
};

// Module sets: what comes later is added.
inline Result<void> add_iptables(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN(const IptablesModules modules, parse_iptables(text, context));
  if (!into.iptables) into.iptables.emplace();
  into.iptables->insert(modules.begin(), modules.end());
  return {};
}

template <auto Member, class Kind>
Parameter with_access(Parameter row) {
  if (row.parse == nullptr) row.parse = parse_into<Member, Kind>;
  row.print = [](const Parameters& from) -> std::optional<std::string> {
    if (!(from.*Member)) return std::nullopt;
    return Kind::print(*(from.*Member));
  };
  row.take = [](const Parameters& from, Parameters& into) {
    if (from.*Member) into.*Member = from.*Member;
  };
  row.clear = [](Parameters& in) { (in.*Member).reset(); };
  row.equal = [](const Parameters& a, const Parameters& b) { return a.*Member == b.*Member; };
  return row;
}

template <auto Member, class Kind>
Parameter list_row(Parameter row) {
  row.repeat = Repeat::accumulate;
  row.parse = add_into<Member, Kind>;
  return with_access<Member, Kind>(std::move(row));
}

}  // namespace vz
