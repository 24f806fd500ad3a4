#include "libvz/config/global_config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <map>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// Read by the boot service, the network helpers, or nobody any more.
constexpr std::array kKnownButIgnored = {
    "VIRTUOZZO",         "VE0CPUUNITS", "VZFASTBOOT",        "VZWDOG",
    "IPTABLES_MODULES",  "IP6TABLES",   "CONFIG_CUSTOMIZED", "VE_STOP_MODE",
    "SKIP_SYSCTL_SETUP", "VE_PARALLEL", "MODULES_DISABLED",  "FORCE_ROUTE",
    "RATEMPU",           "VEID"};

struct GlobalReader {
  GlobalConfig& config;
  bool has_verbose = false;
  bool logging = true;
};

using Setter = bool (*)(const std::string& value, GlobalReader& reader);

bool set_level(const std::string& value, int& level) {
  const auto number = parse_int(value);
  if (!number || *number < -1 || *number > 1000) return false;
  level = static_cast<int>(*number);
  return true;
}

bool set_yes_no(const std::string& value, bool& flag) {
  const auto parsed = parse_yes_no(value);
  if (parsed) flag = *parsed;
  return parsed.has_value();
}

template <class T>
bool set_parsed(Result<T>&& parsed, T& value) {
  if (parsed) value = *std::move(parsed);
  return parsed.has_value();
}

// "all", empty, "detect", or "list:" and names.
bool set_neighbours(const std::string& value, GlobalConfig& config) {
  using Neighbours = GlobalConfig::Neighbours;
  constexpr std::string_view kList = "list:";
  const auto words = split(value.starts_with(kList) ? value.substr(kList.size()) : value, " \t,");
  if (value.starts_with(kList)) {
    if (words.empty() || !std::ranges::all_of(words, is_interface_name)) return false;
    config.neighbours = Neighbours::list;
    config.neighbour_devices = words;
    return true;
  }
  if (value != "all" && value != "detect" && !value.empty()) return false;
  config.neighbours = value == "detect" ? Neighbours::detect : Neighbours::all;
  return true;
}

const std::map<std::string_view, Setter>& global_keys() {
  static const std::map<std::string_view, Setter> keys = {
      {"LOCKDIR",
       [](const std::string& v, GlobalReader& r) {
         r.config.paths.lock = v;
         return true;
       }},
      {"DUMPDIR",
       [](const std::string& v, GlobalReader& r) {
         r.config.paths.dump = v;
         return true;
       }},
      {"TEMPLATE",
       [](const std::string& v, GlobalReader& r) {
         r.config.paths.templates = v;
         return true;
       }},
      {"LOGFILE",
       [](const std::string& v, GlobalReader& r) {
         r.config.log_file = v;
         return true;
       }},
      {"LOG_LEVEL", [](const std::string& v, GlobalReader& r) { return set_level(v, r.config.log_level); }},
      {"VERBOSE",
       [](const std::string& v, GlobalReader& r) { return r.has_verbose = set_level(v, r.config.verbose); }},
      {"CONFIGFILE",
       [](const std::string& v, GlobalReader& r) {
         r.config.config_sample = v;
         return true;
       }},
      {"DEF_OSTEMPLATE",
       [](const std::string& v, GlobalReader& r) {
         r.config.default_ostemplate = v;
         return true;
       }},
      {"IPV6", [](const std::string& v, GlobalReader& r) { return set_yes_no(v, r.config.ipv6); }},
      {"SKIP_ARPDETECT",
       [](const std::string& v, GlobalReader& r) { return set_yes_no(v, r.config.skip_arpdetect); }},
      {"LOGGING", [](const std::string& v, GlobalReader& r) { return set_yes_no(v, r.logging); }},
      {"ERROR_ON_ARPFAIL",
       [](const std::string& v, GlobalReader& r) { return set_yes_no(v, r.config.error_on_arpfail); }},
      {"NEIGHBOUR_DEVS", [](const std::string& v, GlobalReader& r) { return set_neighbours(v, r.config); }},
      {"VE_ROUTE_SRC_DEV",
       [](const std::string& v, GlobalReader& r) {
         if (!v.empty() && !is_interface_name(v)) return false;
         r.config.route_source_device = v;
         return true;
       }},
      {"CRIU",
       [](const std::string& v, GlobalReader& r) {
         r.config.criu = v;
         return true;
       }},
      {"TRAFFIC_SHAPING",
       [](const std::string& v, GlobalReader& r) { return set_yes_no(v, r.config.shaping); }},
      {"BANDWIDTH", [](const std::string& v,
                       GlobalReader& r) { return set_parsed(parse_bandwidths(v), r.config.bandwidth); }},
      {"TOTALRATE",
       [](const std::string& v, GlobalReader& r) { return set_parsed(parse_rates(v), r.config.total_rate); }},
      {"DEFAULT_BRIDGE",
       [](const std::string& v, GlobalReader& r) {
         if (!v.empty() && !is_interface_name(v)) return false;
         r.config.default_bridge = v;
         return true;
       }},
  };
  return keys;
}

bool known_but_ignored(std::string_view key) {
  return std::ranges::find(kKnownButIgnored, key) != kKnownButIgnored.end();
}

// True if the key was one that everybody ignores, after saying what there is to say.
bool report_other_key(const Assignment& assignment) {
  if (known_but_ignored(assignment.key)) return true;
  if (assignment.key == "VETH") {
    log_info("Warning: VETH parameter is deprecated, remove it and use --netif_add instead");
    return true;
  }
  return false;
}

void report_unknown(const std::string& path, const Assignment& assignment) {
  log_info("Warning at " + path + ":" + std::to_string(assignment.line) + ": unknown parameter " +
               assignment.key + " (\"" + assignment.value + "\"), ignored",
           1);
}

void read_global_keys(const std::string& path, const std::vector<Assignment>& assignments,
                      GlobalReader& reader) {
  std::map<std::string_view, bool> seen;
  for (const auto& assignment : assignments) {
    if (report_other_key(assignment)) continue;
    const auto known = global_keys().find(assignment.key);
    if (known == global_keys().end()) {
      report_unknown(path, assignment);
      continue;
    }
    if (seen[known->first] && known->first != "LOG_LEVEL") {
      warn_at(path, assignment, "duplicate", "ignored");
      continue;
    }
    seen[known->first] = known->second(assignment.value, reader);
    if (!seen[known->first]) warn_at(path, assignment, "invalid value", "skipped");
  }
}

void refuse_netfilter(const std::string& path, Parameters& defaults) {
  if (!defaults.netfilter) return;
  log_info("Warning: NETFILTER should not be set in " + path + ", ignoring");
  log_info("Please remove NETFILTER from " + path + "to get rid of this warning");
  defaults.netfilter.reset();
}

}  // namespace

std::vector<std::string> global_config_keys() {
  std::vector<std::string> keys;
  for (const auto& [key, setter] : global_keys()) keys.emplace_back(key);
  return keys;
}

Result<GlobalConfig> load_global_config(const std::string& prefix) {
  GlobalConfig config{.paths = Paths(prefix),
                      .defaults = {},
                      .log_file = {},
                      .config_sample = {},
                      .default_ostemplate = {},
                      .neighbour_devices = {},
                      .route_source_device = {},
                      .criu = "criu",
                      .bandwidth = {},
                      .total_rate = {},
                      .default_bridge = {}};
  const std::string path = config.paths.global_config();
  const auto text = read_file(path);
  if (!text) {
    return fail_errno(ExitCode::no_config, "Unable to open " + path, text.error().errno_value());
  }
  GlobalReader reader{config};
  const auto others = read_parameters(path, *text, config.defaults);
  refuse_netfilter(path, config.defaults);
  read_global_keys(path, others, reader);
  if (!reader.logging) config.log_file.clear();
  if (!reader.has_verbose) config.verbose = config.log_level;
  config.paths.root = config.defaults.root.value_or("");
  config.paths.private_area = config.defaults.private_area.value_or("");
  return config;
}

void merge_container_config(const GlobalConfig& global, ContainerConfig& config) {
  // How a container is laid out is its own affair; vz.conf says it only for new ones.
  Parameters defaults = global.defaults;
  defaults.layout.reset();
  config.merged = merge(defaults, config.own);
  if (config.merged.root) config.root = expand_veid(*config.merged.root, config.ctid);
  if (config.merged.private_area) config.private_area = expand_veid(*config.merged.private_area, config.ctid);
}

ContainerConfig default_container_config(const GlobalConfig& global, Ctid ctid) {
  ContainerConfig config{.ctid = ctid,
                         .file = global.paths.container_config(ctid),
                         .own = {},
                         .merged = {},
                         .root = {},
                         .private_area = {}};
  merge_container_config(global, config);
  return config;
}

Result<ContainerConfig> load_container_config(const GlobalConfig& global, Ctid ctid) {
  ContainerConfig config = default_container_config(global, ctid);
  const auto text = read_file(config.file);
  if (!text) {
    if (text.error().errno_value() == ENOENT) {
      return fail(ExitCode::no_container_config, "Container config file does not exist");
    }
    return fail_errno(ExitCode::no_config, "Unable to open " + config.file, text.error().errno_value());
  }
  for (const auto& other : read_parameters(config.file, *text, config.own)) {
    if (report_other_key(other) || global_keys().contains(other.key)) continue;
    report_unknown(config.file, other);
  }
  merge_container_config(global, config);
  return config;
}

}  // namespace vz
