#include "libvz/network/sysctl.h"

#include <sys/socket.h>

#include <initializer_list>
#include <utility>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

const std::string kNet = "/proc/sys/net/";

Result<void> set(const std::string& key, const std::string& value) {
  const std::string path = kNet + key;
  if (auto present = read_file(path); present && trim(*present) == value) return {};
  return write_knob(path, value);
}

std::string conf(const char* protocol, const std::string& interface, const char* key) {
  return std::string(protocol) + "/conf/" + interface + "/" + key;
}

std::string neigh(const char* protocol, const std::string& interface, const char* key) {
  return std::string(protocol) + "/neigh/" + interface + "/" + key;
}

bool have_ipv6() {
  return exists(kNet + "ipv6/conf/all/forwarding");
}

Result<void> forward_ipv6() {
  const auto now = read_file(kNet + "ipv6/conf/all/forwarding");
  if (now && trim(*now) == "1") return {};
  VZ_ASSIGN(const auto interfaces, list_directory(kNet + "ipv6/conf"));
  for (const auto& interface : interfaces) {
    const std::string key = conf("ipv6", interface, "accept_ra");
    const auto accept = read_file(kNet + key);
    if (accept && trim(*accept) == "1") VZ_TRY(set(key, "2"));
  }
  return set(conf("ipv6", "all", "forwarding"), "1");
}

}  // namespace

Result<void> prepare_host_end(const std::string& name, bool ipv6) {
  using Setting = std::pair<const char*, const char*>;
  for (const auto& [key, value] : std::initializer_list<Setting>{
           {"forwarding", "1"}, {"proxy_arp", "1"}, {"accept_redirects", "0"}, {"send_redirects", "0"}}) {
    VZ_TRY(set(conf("ipv4", name, key), value));
  }
  VZ_TRY(set(neigh("ipv4", name, "proxy_delay"), "0"));
  if (!have_ipv6()) return {};
  if (!ipv6) return set(conf("ipv6", name, "disable_ipv6"), "1");
  for (const auto& [key, value] : std::initializer_list<Setting>{
           {"accept_ra", "0"}, {"accept_redirects", "0"}, {"addr_gen_mode", "1"}, {"forwarding", "1"}}) {
    VZ_TRY(set(conf("ipv6", name, key), value));
  }
  return {};
}

Result<void> prepare_bridge_port(const std::string& name) {
  if (!have_ipv6()) return {};
  return set(conf("ipv6", name, "disable_ipv6"), "1");
}

Result<void> prepare_uplink(const std::string& name, int family) {
  if (family == AF_INET) {
    VZ_TRY(set(conf("ipv4", name, "forwarding"), "1"));
    return set(neigh("ipv4", name, "proxy_delay"), "0");
  }
  VZ_TRY(forward_ipv6());
  VZ_TRY(set(conf("ipv6", name, "proxy_ndp"), "1"));
  return set(neigh("ipv6", name, "proxy_delay"), "0");
}

}  // namespace vz
