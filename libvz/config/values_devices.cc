// What a container gets of the host's devices: DEVICES, DEVNODES, PCI, NETDEV.

#include <algorithm>
#include <cstdio>

#include "libvz/config/values.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kListSeparators = " \t,";

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  return fail(ExitCode::invalid_value, std::string(what) + ": " + std::string(text));
}

// Of r, w, q; "none" is empty.
Result<std::string> parse_permissions(const std::string& text) {
  if (text == "none") return std::string();
  if (text.empty() || text.find_first_not_of("rwq") != std::string::npos)
    return bad("permissions are of r, w, q, or none", text);
  return text;
}

std::string permissions_text(const std::string& perms) {
  return perms.empty() ? "none" : perms;
}

Result<DeviceRule> parse_device_rule(const std::string& token, ParseContext& context) {
  // The kernel has 12 bits for a major number and 20 for a minor one.
  constexpr unsigned kMostMajor = (1U << 12) - 1;
  constexpr unsigned kMostMinor = (1U << 20) - 1;
  constexpr unsigned kLoopMajor = 7;
  std::vector<std::string> parts;
  for (size_t from = 0; from <= token.size();) {
    const size_t colon = std::min(token.find(':', from), token.size());
    parts.push_back(token.substr(from, colon - from));
    from = colon + 1;
  }
  if (parts.size() != 4 || (parts[0] != "b" && parts[0] != "c"))
    return bad("expecting b|c:major:minor|all:permissions", token);
  DeviceRule rule;
  rule.type = parts[0][0];
  VZ_ASSIGN(rule.major, parse_number(parts[1], 0, kMostMajor));
  if (parts[2] != "all") {
    VZ_ASSIGN(rule.minor, parse_number(parts[2], 0, kMostMinor));
  }
  VZ_ASSIGN(rule.perms, parse_permissions(parts[3]));
  if (rule.type == 'b' && rule.major == kLoopMajor) {
    context.notes.push_back("Device " + token + " is not allowed to be assigned to a CT");
    return bad("loop devices cannot be shared with a container", token);
  }
  return rule;
}

}  // namespace

Result<std::vector<DeviceNode>> parse_device_nodes(std::string_view text, ParseContext& context) {
  std::vector<DeviceNode> nodes;
  for (const auto& token : split(text, kListSeparators)) {
    const size_t colon = token.rfind(':');
    if (colon == std::string::npos || colon == 0) return bad("expecting device:permissions", token);
    DeviceNode node{token.substr(0, colon), token.substr(colon + 1)};
    if (std::ranges::any_of(node.name, [](unsigned char c) { return c < ' ' || c == 127; }))
      return bad("control characters are not allowed", node.name);
    const bool climbs =
        node.name.starts_with('/') || ("/" + node.name + "/").find("/../") != std::string::npos;
    if (climbs) {
      context.notes.push_back("Incorrect device name /dev/" + node.name);
      return bad("not a name below /dev", token);
    }
    VZ_ASSIGN(node.perms, parse_permissions(node.perms));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::string device_nodes_text(const std::vector<DeviceNode>& value) {
  std::string out;
  for (const auto& node : value) out += node.name + ":" + permissions_text(node.perms) + " ";
  return out;
}

Result<std::vector<DeviceRule>> parse_device_rules(std::string_view text, ParseContext& context) {
  std::vector<DeviceRule> rules;
  for (const auto& token : split(text, kListSeparators)) {
    VZ_ASSIGN(DeviceRule rule, parse_device_rule(token, context));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string device_rules_text(const std::vector<DeviceRule>& value) {
  std::string out;
  for (const auto& rule : value) {
    out += std::string(1, rule.type) + ":" + std::to_string(rule.major) + ":" +
           (rule.minor ? std::to_string(*rule.minor) : "all") + ":" + permissions_text(rule.perms) + " ";
  }
  return out;
}

Result<std::vector<std::string>> parse_pci_devices(std::string_view text) {
  std::vector<std::string> devices;
  for (const auto& word : split(text, " \t")) {
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned slot = 0;
    unsigned function = 0;
    int used = 0;
    const bool plain = word.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
    const bool with_domain = std::ranges::count(word, ':') == 2;
    const int fields =
        with_domain ? std::sscanf(word.c_str(), "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &used)
                    : std::sscanf(word.c_str(), "%x:%x.%x%n", &bus, &slot, &function, &used);
    const bool whole = fields == (with_domain ? 4 : 3) && static_cast<size_t>(used) == word.size();
    if (!plain || !whole || domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7)
      return bad("expecting [domain:]bus:slot.function", word);
    char canonical[32];
    std::snprintf(canonical, sizeof canonical, "%04x:%02x:%02x.%x", domain, bus, slot, function);
    if (std::ranges::find(devices, canonical) == devices.end()) devices.emplace_back(canonical);
  }
  return devices;
}

Result<std::vector<std::string>> parse_netdevs(std::string_view text) {
  std::vector<std::string> names;
  for (auto& word : split(text, " \t")) {
    const bool ours =
        std::ranges::any_of(std::initializer_list<std::string_view>{"venet", "tun", "tap", "lo"},
                            [&](std::string_view start) { return word.starts_with(start); });
    if (ours || !is_interface_name(word)) return bad("not an interface that a container can have", word);
    if (std::ranges::find(names, word) == names.end()) names.push_back(std::move(word));
  }
  return names;
}

}  // namespace vz
