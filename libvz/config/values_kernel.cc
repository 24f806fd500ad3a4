// What a container may use of kernel facilities: FEATURES, NETFILTER, IPTABLES.

#include <algorithm>
#include <array>

#include "libvz/config/values.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::array<std::string_view, 11> kFeatures = {"sysfs",  "nfs",  "sit",  "ipip", "ppp",    "ipgre",
                                                        "bridge", "nfsd", "fuse", "tun",  "nesting"};
constexpr std::array<std::string_view, 4> kNetfilter = {"disabled", "stateless", "stateful", "full"};

struct Module {
  std::string_view name;
  std::string_view needs;  // a module before it; empty: none
};

// Names and dependencies as vzctl 4.x stored them.
constexpr std::array kModules = {
    Module{"ip_tables", ""},
    Module{"iptable_filter", "ip_tables"},
    Module{"iptable_mangle", "ip_tables"},
    Module{"ipt_limit", "ip_tables"},
    Module{"ipt_multiport", "ip_tables"},
    Module{"ipt_tos", "ip_tables"},
    Module{"ipt_TOS", "ip_tables"},
    Module{"ipt_REJECT", "ip_tables"},
    Module{"ipt_TCPMSS", "ip_tables"},
    Module{"ipt_tcpmss", "ip_tables"},
    Module{"ipt_ttl", "ip_tables"},
    Module{"ipt_LOG", "ip_tables"},
    Module{"ipt_length", "ip_tables"},
    Module{"ip_conntrack", "ip_tables"},
    Module{"ip_conntrack_ftp", "ip_conntrack"},
    Module{"ip_conntrack_irc", "ip_conntrack"},
    Module{"ipt_conntrack", "ip_conntrack"},
    Module{"ipt_state", "ip_conntrack"},
    Module{"ipt_helper", "ip_conntrack"},
    Module{"iptable_nat", "ip_conntrack"},
    Module{"ip_nat_ftp", "iptable_nat"},
    Module{"ip_nat_irc", "iptable_nat"},
    Module{"ipt_REDIRECT", "iptable_nat"},
    Module{"xt_mac", "ip_tables"},
    Module{"ipt_recent", "ip_tables"},
    Module{"ipt_owner", "ip_tables"},
};

std::optional<unsigned> module_index(std::string_view name) {
  const auto found = std::ranges::find(kModules, name, &Module::name);
  if (found == kModules.end()) return std::nullopt;
  return static_cast<unsigned>(found - kModules.begin());
}

void insert_with_needed(std::string_view name, IptablesModules& modules) {
  for (auto index = module_index(name); index; index = module_index(kModules[*index].needs))
    modules.insert(*index);
  // NAT helpers are useless without the connection tracking ones.
  if (name == "ip_nat_ftp") modules.insert(*module_index("ip_conntrack_ftp"));
  if (name == "ip_nat_irc") modules.insert(*module_index("ip_conntrack_irc"));
}

}  // namespace

std::string_view feature_name(Feature feature) {
  return kFeatures[static_cast<size_t>(feature)];
}

Result<FeatureChanges> parse_features(std::string_view text, ParseContext& context) {
  FeatureChanges changes;
  for (const auto& token : split(text, " \t,")) {
    const size_t colon = token.find(':');
    const auto on = colon == std::string::npos ? fail(ExitCode::invalid_value, "no colon")
                                               : parse_on_off(std::string_view(token).substr(colon + 1));
    const auto known = std::ranges::find(kFeatures, token.substr(0, colon));
    if (!on || known == kFeatures.end()) {
      context.warnings.push_back("Warning: Unknown feature: " + token);
      if (context.truncate) continue;
      return fail(ExitCode::invalid_value, "unknown feature: " + token);
    }
    changes[static_cast<Feature>(known - kFeatures.begin())] = *on;
  }
  return changes;
}

std::string features_text(const FeatureChanges& value) {
  std::string out;
  for (const auto& [feature, on] : value) {
    if (!out.empty()) out += ' ';
    out += std::string(feature_name(feature)) + (on ? ":on" : ":off");
  }
  return out;
}

Result<Netfilter> parse_netfilter(std::string_view text, ParseContext& context) {
  const auto known = std::ranges::find(kNetfilter, text);
  if (known != kNetfilter.end()) return static_cast<Netfilter>(known - kNetfilter.begin());
  context.notes.push_back("Incorrect netfilter value: " + std::string(text));
  return fail(ExitCode::invalid_value, context.notes.back());
}

std::string_view netfilter_text(Netfilter value) {
  return kNetfilter[static_cast<size_t>(value)];
}

Result<IptablesModules> parse_iptables(std::string_view text, ParseContext& context) {
  IptablesModules modules;
  for (const auto& token : split(text, " \t,")) {
    if (!module_index(token)) {
      context.notes.push_back("Warning: Unknown iptable module: " + token + ", skipped");
      continue;
    }
    insert_with_needed(token, modules);
  }
  return modules;
}

std::string iptables_text(const IptablesModules& value) {
  std::string out;
  for (const unsigned index : value) out += std::string(kModules.at(index).name) + " ";
  return out;
}

}  // namespace vz
