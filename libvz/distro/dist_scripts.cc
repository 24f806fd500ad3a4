#include "libvz/distro/dist_scripts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "libvz/config/config_file.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::array<std::pair<std::string_view, DistAction>, 9> kKeys = {{
    {"ADD_IP", DistAction::add_ip},
    {"DEL_IP", DistAction::del_ip},
    {"SET_HOSTNAME", DistAction::set_hostname},
    {"SET_DNS", DistAction::set_dns},
    {"SET_USERPASS", DistAction::set_userpass},
    {"SET_UGID_QUOTA", DistAction::set_ugid_quota},
    {"POST_CREATE", DistAction::post_create},
    {"PRE_START", DistAction::pre_start},
    {"SET_CONSOLE", DistAction::set_console},
}};

Result<std::string> choose_config(const Paths& paths, const std::string& ostemplate) {
  std::string name = ostemplate.substr(ostemplate.rfind('/') + 1);
  while (!name.empty()) {
    std::string path = paths.dists() + "/" + name + ".conf";
    if (exists(path)) return path;
    const size_t dash = name.rfind('-');
    name.resize(dash == std::string::npos ? 0 : dash);
  }
  std::string fallback = paths.dists() + "/default";
  log_error((ostemplate.empty()
                 ? "Warning: distribution not specified in CT config"
                 : "Warning: configuration file for distribution " + ostemplate + " not found") +
            ", using defaults from " + fallback);
  if (!exists(fallback))
    return fail(ExitCode::no_distribution_config,
                "Distribution configuration file " + fallback + " not found");
  return fallback;
}

std::string blank_separated(const std::vector<IpAddress>& ips) {
  std::vector<std::string> texts;
  for (const auto& ip : ips) texts.push_back(ip.text());
  return join(texts, " ");
}

MaybeScript make_bare(const DistScripts& dist, DistAction action, std::vector<std::string> environment) {
  const auto script = dist.scripts.find(action);
  if (script == dist.scripts.end()) return std::nullopt;
  auto text = read_file(script->second);
  if (!text) return std::unexpected(std::move(text).error().with_code(ExitCode::no_script));
  return ContainerScript{*std::move(text), std::move(environment), std::chrono::seconds(0)};
}

MaybeScript make(const DistScripts& dist, DistAction action, std::vector<std::string> environment) {
  auto script = make_bare(dist, action, std::move(environment));
  if (script && *script) {
    (*script)->text.insert(0, dist.functions + "\n");
    (*script)->timeout = ContainerScript{}.timeout;
  }
  return script;
}

// What goes in front of the scripts: the file functions, then those that add to it.
std::string read_functions(const std::string& directory) {
  std::string text = read_file(directory + "functions").value_or("");
  for (const auto& name : list_directory(directory).value_or(std::vector<std::string>{})) {
    if (name.starts_with("functions-")) text += "\n" + read_file(directory + name).value_or("");
  }
  return text;
}

std::vector<std::string> address_environment(const AddressChange& change) {
  std::vector<std::string> environment = {"VE_STATE=" + change.state,
                                          "IP_ADDR=" + blank_separated(change.ips), kPathVariable};
  if (change.delete_all) environment.emplace_back("IPDELALL=yes");
  if (change.ipv6) environment.emplace_back("IPV6=yes");
  return environment;
}

}  // namespace

Result<DistScripts> load_dist(const Paths& paths, const std::string& ostemplate) {
  DistScripts dist;
  VZ_ASSIGN(dist.config, choose_config(paths, ostemplate));
  VZ_ASSIGN(const std::string text, read_file(dist.config));
  const std::string directory = paths.dists() + "/scripts/";
  for (const auto& assignment : parse_config_text(text).assignments) {
    for (const auto& [key, action] : kKeys) {
      if (assignment.key != key || dist.scripts.contains(action)) continue;
      if (assignment.value.empty()) {
        dist.left_out.insert(action);
        continue;
      }
      const std::string path = directory + assignment.value;
      if (exists(path)) {
        dist.scripts.emplace(action, path);
      } else {
        log_error("Action script " + path + " not found");
      }
    }
  }
  dist.functions = read_functions(directory);
  return dist;
}

std::string action_name(DistAction action) {
  std::string name(std::ranges::find(kKeys, action, &std::pair<std::string_view, DistAction>::second)->first);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

MaybeScript add_ip_script(const DistScripts& dist, const AddressChange& change) {
  return make(dist, DistAction::add_ip, address_environment(change));
}

MaybeScript del_ip_script(const DistScripts& dist, const AddressChange& change) {
  return make(dist, DistAction::del_ip, address_environment(change));
}

MaybeScript set_hostname_script(const DistScripts& dist, const std::string& state,
                                const std::string& hostname, const std::optional<IpAddress>& first_ip) {
  std::vector<std::string> environment = {"VE_STATE=" + state, "HOSTNM=" + hostname, kPathVariable};
  if (first_ip) environment.push_back("IP_ADDR=" + first_ip->address());
  return make(dist, DistAction::set_hostname, std::move(environment));
}

MaybeScript set_dns_script(const DistScripts& dist, const std::vector<std::string>& nameservers,
                           const std::vector<std::string>& search_domains) {
  std::vector<std::string> environment;
  if (!search_domains.empty()) environment.push_back("SEARCHDOMAIN=" + join(search_domains, " "));
  if (!nameservers.empty()) environment.push_back("NAMESERVER=" + join(nameservers, " "));
  environment.emplace_back(kPathVariable);
  return make(dist, DistAction::set_dns, std::move(environment));
}

MaybeScript set_userpass_script(const DistScripts& dist, const std::string& user_password) {
  return make(dist, DistAction::set_userpass, {"USERPW=" + user_password, kPathVariable});
}

MaybeScript set_ugid_quota_script(const DistScripts& dist, const std::string& state, unsigned ugid_limit) {
  std::vector<std::string> environment = {"VE_STATE=" + state, kPathVariable};
  if (ugid_limit != 0) environment.push_back("UGIDLIMIT=" + std::to_string(ugid_limit));
  return make(dist, DistAction::set_ugid_quota, std::move(environment));
}

MaybeScript pre_start_script(const DistScripts& dist, bool user_namespace) {
  return make_bare(dist, DistAction::pre_start,
                   {"VZ_KERNEL=no", std::string("USERNS=") + (user_namespace ? "yes" : "no")});
}

MaybeScript set_console_script(const DistScripts& dist) {
  return make_bare(dist, DistAction::set_console, {"HOME=/", "TERM=linux", kPathVariable});
}

DnsSettings inherit_dns(const std::string& resolv_conf) {
  DnsSettings out;
  for (const auto& line : split(resolv_conf, "\n")) {
    const auto words = split(line, " \t");
    if (words.size() < 2) continue;
    const bool own_resolver = words[1].starts_with("127.") || words[1] == "::1";
    if (words[0] == "nameserver" && !own_resolver) out.nameservers.push_back(words[1]);
    if (words[0] == "search" || words[0] == "domain")
      out.search_domains.assign(words.begin() + 1, words.end());
  }
  return out;
}

}  // namespace vz
