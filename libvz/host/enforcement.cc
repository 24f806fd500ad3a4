#include "libvz/host/enforcement.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/host/beancounters.h"

namespace vz {

namespace {

EnforcementFinding always(const EnforcementHost&) {
  return {};
}

EnforcementFinding not_yet(const EnforcementHost&) {
  return {Enforced::no, "this version does not do it"};
}

EnforcementFinding no_facility(const EnforcementHost&) {
  return {Enforced::no, "mainline kernels have no such limit for a container"};
}

constexpr Enforcement kTable[] = {
    // Memory and the other beancounters.
    {"KMEMSIZE", "memory", "", "", no_facility},
    {"LOCKEDPAGES", "", "", "", not_yet},
    {"PRIVVMPAGES", "", "", "", not_yet},
    {"SHMPAGES", "", "", "", not_yet},
    {"NUMPROC", "pids", "pids.max", "pids.max"},
    {"PHYSPAGES", "memory", "memory.limit_in_bytes", "memory.max"},
    {"VMGUARPAGES", "", "", "", not_yet},
    {"OOMGUARPAGES", "", "", "", not_yet},
    {"NUMTCPSOCK", "", "", "", no_facility},
    {"NUMFLOCK", "", "", "", no_facility},
    {"NUMPTY", "", "", "", not_yet},
    {"NUMSIGINFO", "", "", "", not_yet},
    {"TCPSNDBUF", "", "", "", not_yet},
    {"TCPRCVBUF", "", "", "", not_yet},
    {"OTHERSOCKBUF", "", "", "", no_facility},
    {"DGRAMRCVBUF", "", "", "", no_facility},
    {"NUMOTHERSOCK", "", "", "", no_facility},
    {"NUMFILE", "", "", "", not_yet},
    {"DCACHESIZE", "memory", "", "", no_facility},
    {"NUMIPTENT", "", "", "", no_facility},
    {"SWAPPAGES", "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"},
    {"VM_OVERCOMMIT", "", "", "", not_yet},
    {"MEMINFO", "", "", "", not_yet},
    // CPU.
    {"CPUUNITS", "cpu", "cpu.shares", "cpu.weight"},
    {"CPUUWEIGHT", "cpu", "", "", not_yet},
    {"CPULIMIT", "cpu", "cpu.cfs_quota_us", "cpu.max"},
    {"CPUS", "cpu", "cpu.cfs_quota_us", "cpu.max"},
    {"CPUMASK", "cpuset", "cpuset.cpus", "cpuset.cpus"},
    {"NODEMASK", "cpuset", "", "", not_yet},
    // I/O and disk.
    {"IOPRIO", "blkio", "", "", not_yet},
    {"IOLIMIT", "blkio", "", "", not_yet},
    {"IOPSLIMIT", "blkio", "", "", not_yet},
    {"DISK_QUOTA", "", "", "", not_yet},
    {"DISKSPACE", "", "", "", not_yet},
    {"DISKINODES", "", "", "", not_yet},
    {"QUOTATIME", "", "", "", not_yet},
    {"QUOTAUGIDLIMIT", "", "", "", not_yet},
    {"MOUNT_OPTS", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {Enforced::no, "only containers on ploop have a file system of their own"};
     }},
    // Rights, devices, network.
    {"CAPABILITY", "", "capability bounding set", "", always},
    {"FEATURES", "", "", "", not_yet},
    {"NETFILTER", "", "", "", not_yet},
    {"IPTABLES", "", "", "", not_yet},
    {"DEVICES", "devices", "", "", not_yet},
    {"DEVNODES", "", "bind mounts, devices.allow", "bind mounts", always},
    {"PCI", "", "", "", not_yet},
    {"NETDEV", "", "", "", not_yet},
    {"NETIF", "", "veth", "", always},
    {"IP_ADDRESS", "", "veth, nftables", "", always},
    {"HOSTNAME", "", "UTS namespace", "", always},
    {"NAMESERVER", "", "resolv.conf inside", "", always},
    {"SEARCHDOMAIN", "", "resolv.conf inside", "", always},
};

// A group with this controller, other than the hierarchy's root, which lacks some of the files.
std::string some_group(const CgroupHierarchy& hierarchy, std::string_view controller) {
  if (hierarchy.v2) {
    const auto enabled = read_file(hierarchy.mount_point + "/cgroup.subtree_control");
    const auto words = split(enabled ? *enabled : std::string(), " \n");
    if (std::ranges::find(words, controller) == words.end()) return "";
  }
  const auto names = list_directory(hierarchy.mount_point);
  for (const auto& name : names ? *names : std::vector<std::string>()) {
    const std::string path = hierarchy.mount_point + "/" + name;
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return path;
  }
  return "";
}

std::string first_word(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(", ")));
}

// "NUMFLOCK, NUMPTY are not enforced"
std::string subject(const std::vector<std::string>& keys, Enforced enforced) {
  return join(keys, ", ") + (keys.size() == 1 ? " is " : " are ") +
         (enforced == Enforced::partly ? "only partly enforced" : "not enforced");
}

std::string lower(std::string_view key) {
  std::string text(key);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

}  // namespace

bool EnforcementHost::has_file(std::string_view controller, std::string_view file) const {
  const CgroupHierarchy* hierarchy = layout.find(controller);
  if (hierarchy == nullptr) return false;
  if (exists(hierarchy->mount_point + "/" + std::string(file))) return true;
  const std::string group = some_group(*hierarchy, controller);
  return group.empty() || exists(group + "/" + std::string(file));
}

std::string_view Enforcement::by(const EnforcementHost& host) const {
  const CgroupHierarchy* hierarchy = host.layout.find(controller);
  const bool on_v2 = hierarchy != nullptr ? hierarchy->v2 : host.layout.find("memory") == nullptr;
  return on_v2 && !v2.empty() ? v2 : v1;
}

EnforcementFinding Enforcement::find(const EnforcementHost& host) const {
  if (probe != nullptr) return probe(host);
  if (host.layout.find(controller) == nullptr)
    return {Enforced::no, "this host has no cgroup controller " + std::string(controller)};
  const std::string file = first_word(by(host));
  if (host.has_file(controller, file)) return {};
  const bool swap = file.find("swap") != std::string::npos || file.find("memsw") != std::string::npos;
  return {Enforced::no,
          swap ? "this kernel does not account swap (boot option swapaccount=1)"
               : "this kernel's cgroup controller " + std::string(controller) + " has no " + file};
}

std::span<const Enforcement> enforcement_table() {
  return kTable;
}

const Enforcement* find_enforcement(std::string_view key) {
  const auto found = std::ranges::find(kTable, key, &Enforcement::key);
  return found == std::end(kTable) ? nullptr : &*found;
}

EnforcementHost this_enforcement_host(const std::string& private_area) {
  EnforcementHost host{probe_cgroup_layout().value_or(CgroupLayout()), private_area};
  while (host.private_area.size() > 1 && !exists(host.private_area)) {
    host.private_area.resize(std::max<size_t>(1, host.private_area.rfind('/')));
  }
  return host;
}

bool asks_for_enforcement(const Parameters& parameters, std::string_view key) {
  const Parameter* row = find_parameter(key);
  const auto text = row == nullptr ? std::nullopt : row->print(parameters);
  if (!text) return false;
  if (const auto which = find_beancounter(lower(key))) {
    const auto limits = configured_limits(parameters, *which);
    // The guarantees' barrier is what counts; 0 guarantees nothing.
    if (*which == Beancounter::vmguarpages || *which == Beancounter::oomguarpages)
      return limits->barrier > 0 && limits->barrier < kUnlimited;
    return limits->limit < kUnlimited;
  }
  constexpr std::array<std::string_view, 5> kNothing = {"", "0", "no", "none", "all"};
  return std::ranges::find(kNothing, *text) == kNothing.end();
}

std::vector<std::string> missing_enforcement(const Parameters& parameters, const EnforcementHost& host) {
  std::vector<std::pair<EnforcementFinding, std::vector<std::string>>> reasons;
  for (const auto& row : kTable) {
    if (!asks_for_enforcement(parameters, row.key)) continue;
    const EnforcementFinding finding = row.find(host);
    if (finding.enforced == Enforced::yes) continue;
    const auto same = std::ranges::find_if(reasons, [&](const auto& reason) {
      return reason.first.enforced == finding.enforced && reason.first.why == finding.why;
    });
    if (same == reasons.end()) {
      reasons.push_back({finding, {std::string(row.key)}});
    } else {
      same->second.emplace_back(row.key);
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [finding, keys] : reasons)
    sentences.push_back("Warning: " + subject(keys, finding.enforced) + ": " + finding.why);
  return sentences;
}

void warn_of_missing(const Parameters& parameters, const std::string& private_area) {
  for (const auto& sentence : missing_enforcement(parameters, this_enforcement_host(private_area)))
    log_error(sentence);
}

}  // namespace vz
