#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// What a distribution needs to be told about its network, names and passwords: /etc/vz/dists/NAME.conf names
// scripts below /etc/vz/dists/scripts. Source of selection, keys and environments: vzctl 4.x.

enum class DistAction : std::uint8_t {
  add_ip,
  del_ip,
  set_hostname,
  set_dns,
  set_userpass,
  set_ugid_quota,
  post_create,
  pre_start,
  set_console,
};

struct DistScripts {
  std::string config;                         // the file that was chosen
  std::map<DistAction, std::string> scripts;  // absolute paths, only those that are there
  std::set<DistAction> left_out;              // those with an empty value: nobody misses them
  std::string functions;  // scripts/functions and then scripts/functions-*; empty if there are none
};

// ostemplate: its last path component is looked for as NAME.conf, then again and again without its last "-…"
// part, then dists/default with a warning. Not even that: exit code no_distribution_config. A script that is
// named but not there is logged and left out.
Result<DistScripts> load_dist(const Paths& paths, const std::string& ostemplate);

// A script for the container's own shell (bash if it has one, else sh), which reads it from its standard
// input.
struct ContainerScript {
  std::string text;
  std::vector<std::string> environment;  // complete
  std::chrono::seconds timeout{300};     // zero: none
};

// "add_ip" and so on.
std::string action_name(DistAction action);

// Each gives nothing if the distribution has no such script, and an error (no_script) if it cannot be read.
// state: "starting", "running", …

struct AddressChange {
  std::string state;
  std::vector<IpAddress> ips;  // ADD_IP at start: all; otherwise those that are new, or go
  bool delete_all = false;     // all others go first
  bool ipv6 = true;
};
using MaybeScript = Result<std::optional<ContainerScript>>;
MaybeScript add_ip_script(const DistScripts& dist, const AddressChange& change);
MaybeScript del_ip_script(const DistScripts& dist, const AddressChange& change);
MaybeScript set_hostname_script(const DistScripts& dist, const std::string& state,
                                const std::string& hostname, const std::optional<IpAddress>& first_ip);
// Empty lists leave what the container has. "inherit" must be resolved before (inherit_dns()).
MaybeScript set_dns_script(const DistScripts& dist, const std::vector<std::string>& nameservers,
                           const std::vector<std::string>& search_domains);
// "user:password". The script's failure means exit code change_password.
MaybeScript set_userpass_script(const DistScripts& dist, const std::string& user_password);
// Limits for users and groups inside. ugid_limit: how many of them can have one, on ploop; 0 means no such
// quota. A simfs area has none in any case: the host's file system cannot tell the users of containers apart.
MaybeScript set_ugid_quota_script(const DistScripts& dist, const std::string& state, unsigned ugid_limit);
// Both before init, without the functions and without a time limit. Their failure means exit code
// action_script.
MaybeScript pre_start_script(const DistScripts& dist, bool user_namespace);
MaybeScript set_console_script(const DistScripts& dist);

struct DnsSettings {
  std::vector<std::string> nameservers;
  std::vector<std::string> search_domains;
};
// What "inherit" stands for, from the text of the host's /etc/resolv.conf: all nameservers, and the last
// search or domain line. Addresses of the host's own loopback (a local resolver) are left out: they lead
// nowhere in a container.
DnsSettings inherit_dns(const std::string& resolv_conf);

}  // namespace vz
