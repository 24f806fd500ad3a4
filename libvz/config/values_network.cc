// The values of veth interfaces: MAC addresses and NETIF.

#include <algorithm>
#include <cctype>

#include "libvz/config/values.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  return fail(ExitCode::invalid_value, std::string(what) + ": " + std::string(text));
}

// As split() with one separator, but keeps empty parts.
std::vector<std::string_view> fields(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const size_t end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

Result<void> assign_field(Veth& veth, std::string_view key, std::string_view value) {
  if (key == "mac_filter") {
    VZ_ASSIGN(veth.mac_filter, parse_on_off(value));
    return {};
  }
  if (key == "mac") {
    VZ_ASSIGN(veth.mac, parse_mac(value));
    return {};
  }
  if (key == "host_mac") {
    VZ_ASSIGN(veth.host_mac, parse_mac(value));
    return {};
  }
  std::string* name = key == "ifname"        ? &veth.ifname
                      : key == "host_ifname" ? &veth.host_ifname
                      : key == "bridge"      ? &veth.bridge
                                             : nullptr;
  if (name == nullptr) return bad("unknown field of NETIF", key);
  if (!is_interface_name(value)) return bad("not an interface name", value);
  *name = value;
  return {};
}

Result<Veth> parse_veth(std::string_view text) {
  Veth veth;
  for (const auto& field : split(text, ",")) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos) return bad("'=' not found", field);
    const std::string_view view = field;
    if (equals + 1 == view.size()) continue;
    VZ_TRY(assign_field(veth, view.substr(0, equals), view.substr(equals + 1)));
  }
  if (veth.ifname.empty()) return bad("no ifname", text);
  return veth;
}

}  // namespace

std::string Mac::text() const {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (!out.empty()) out += ':';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Result<Mac> parse_mac(std::string_view text) {
  Mac mac;
  const auto parts = fields(text, ':');
  if (parts.size() != mac.bytes.size()) return bad("not a MAC address", text);
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto byte = parse_unsigned(parts[i], 16);
    if (!byte || parts[i].size() != 2) return bad("not a MAC address", text);
    mac.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return mac;
}

bool is_interface_name(std::string_view text) {
  constexpr size_t kLongest = 15;
  if (text.empty() || text.size() > kLongest || text == "." || text == "..") return false;
  return std::ranges::all_of(text, [](unsigned char c) {
    return c > ' ' && c < 127 && c != '/' && c != ':' && c != ',' && c != ';' && c != '"';
  });
}

Result<std::vector<Veth>> parse_netif(std::string_view text) {
  std::vector<Veth> list;
  for (const auto& element : split(text, ";")) {
    VZ_ASSIGN(Veth veth, parse_veth(trim(element)));
    const bool known =
        std::ranges::any_of(list, [&](const Veth& other) { return other.ifname == veth.ifname; });
    if (known) return bad("interface given twice", veth.ifname);
    list.push_back(std::move(veth));
  }
  return list;
}

std::string netif_text(const std::vector<Veth>& value) {
  std::string out;
  for (const auto& veth : value) {
    if (!out.empty()) out += ';';
    out += "ifname=" + veth.ifname;
    if (!veth.bridge.empty()) out += ",bridge=" + veth.bridge;
    if (veth.mac) out += ",mac=" + veth.mac->text();
    if (!veth.host_ifname.empty()) out += ",host_ifname=" + veth.host_ifname;
    if (veth.host_mac) out += ",host_mac=" + veth.host_mac->text();
    if (veth.mac_filter) out += std::string(",mac_filter=") + (*veth.mac_filter ? "on" : "off");
  }
  return out;
}

Result<Veth> parse_netif_add(std::string_view text, ParseContext& context) {
  constexpr size_t kMost = 5;
  const auto parts = fields(text, ',');
  const auto part = [&](size_t index) { return index < parts.size() ? parts[index] : std::string_view(); };
  if (parts.size() > kMost) return bad("too many fields", text);
  Veth veth;
  if (!is_interface_name(part(0))) return bad("not an interface name", part(0));
  veth.ifname = part(0);
  if (!part(1).empty()) {
    auto mac = parse_mac(part(1));
    if (!mac) {
      context.notes.emplace_back(part(1).size() == 17 ? "Invalid container MAC address format"
                                                      : "Invalid container MAC address length");
      return fail(std::move(mac));
    }
    veth.mac = *mac;
  }
  if (!part(2).empty() && !is_interface_name(part(2))) return bad("not an interface name", part(2));
  veth.host_ifname = part(2);
  if (!part(3).empty()) {
    auto mac = parse_mac(part(3));
    if (!mac) {
      context.notes.emplace_back("Invalid host MAC address");
      return fail(std::move(mac));
    }
    veth.host_mac = *mac;
  }
  if (!part(4).empty() && !is_interface_name(part(4))) return bad("not an interface name", part(4));
  veth.bridge = part(4);
  return veth;
}

}  // namespace vz
