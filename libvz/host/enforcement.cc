#include "libvz/host/enforcement.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include "libvz/config/parameter_table.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/host/beancounters.h"
#include "libvz/host/block_devices.h"
#include "libvz/host/quota_support.h"

namespace vz {

namespace {

EnforcementFinding always(const EnforcementHost&) {
  return {};
}

EnforcementFinding no_facility(const EnforcementHost&) {
  return {Enforced::nowhere, "mainline kernels have no such limit for a container"};
}

// What counts as memory of the container, and so ends at PHYSPAGES, but has no limit of its own.
EnforcementFinding only_as_memory(const EnforcementHost&) {
  return {Enforced::nowhere, "the kernel has no limit of its own for it; it counts as memory (PHYSPAGES)"};
}

EnforcementFinding each_process(const EnforcementHost&) {
  return {Enforced::partly,
          "the kernel counts it for each process, so none can have more, but all together can"};
}

EnforcementFinding each_user(const EnforcementHost&) {
  return {Enforced::partly,
          "the kernel counts it for each user inside, so none can have more, but all together can"};
}

EnforcementFinding own_file_systems(const EnforcementHost&) {
  return {Enforced::partly, "root inside may mount file systems of its own without it"};
}

EnforcementFinding private_pages(const EnforcementHost& host) {
  if (host.layout.find("memory") == nullptr) return each_process(host);
  return {
      Enforced::partly,
      "each process is refused more; all together are ended when they use more, not when they reserve it"};
}

EnforcementFinding guarantee(const EnforcementHost& host) {
  const CgroupHierarchy* memory = host.layout.find("memory");
  if (memory == nullptr) return {Enforced::no, "this host has no cgroup controller memory"};
  if (memory->v2) return {};
  if (!host.has_file("memory", "memory.soft_limit_in_bytes"))
    return {Enforced::no, "this kernel has no memory.soft_limit_in_bytes (built with PREEMPT_RT)"};
  return {Enforced::partly,
          "cgroup v1 only takes memory first from those that have more than they are guaranteed"};
}

EnforcementFinding tcp_buffers(const EnforcementHost& host) {
  const CgroupHierarchy* memory = host.layout.find("memory");
  if (memory != nullptr && !memory->v2 && host.has_file("memory", "memory.kmem.tcp.limit_in_bytes"))
    return {};
  return {Enforced::partly,
          "it bounds each socket, and root inside can change that; only cgroup v1 bounds all of them. They "
          "count as memory (PHYSPAGES)"};
}

// The controller's name, too, differs.
std::string_view io_controller(const EnforcementHost& host) {
  return host.layout.find("blkio") != nullptr ? "blkio" : "io";
}

std::vector<std::string> disks(const EnforcementHost& host) {
  return block_devices_below(host.private_area).value_or(std::vector<std::string>());
}

EnforcementFinding io_rate(const EnforcementHost& host) {
  const std::string_view controller = io_controller(host);
  if (host.layout.find(controller) == nullptr) return {Enforced::no, "this host has no cgroup controller io"};
  if (!host.has_file(controller, controller == "io" ? "io.max" : "blkio.throttle.read_bps_device"))
    return {Enforced::no, "this kernel does not throttle (CONFIG_BLK_DEV_THROTTLING)"};
  if (disks(host).empty()) return {Enforced::no, "the private areas are on no block device"};
  if (controller == "io") return {};
  return {Enforced::partly, "cgroup v1 does not throttle what is written through the page cache"};
}

EnforcementFinding io_weight(const EnforcementHost& host) {
  const std::string_view controller = io_controller(host);
  if (host.layout.find(controller) == nullptr) return {Enforced::no, "this host has no cgroup controller io"};
  const auto all = disks(host);
  if (std::ranges::any_of(all, does_io_weights)) return {};
  return {Enforced::no,
          "no disk of the private areas has an I/O scheduler with weights (choose bfq in "
          "/sys/block/DISK/queue/scheduler, or switch on io.cost)"};
}

EnforcementFinding vm_overcommit(const EnforcementHost&) {
  return {Enforced::nowhere,
          "the kernel does not limit what is reserved, only what is used (PHYSPAGES, SWAPPAGES)"};
}

// Asks for the programs that are there, which changes nothing; a kernel without them does not know how.
EnforcementFinding device_rights(const EnforcementHost& host) {
  const CgroupHierarchy* controller = host.layout.find("devices");
  if (controller != nullptr && !controller->v2) return {};
  constexpr const char* kNeeded =
      "this host has neither the cgroup v1 controller devices nor device programs (CONFIG_CGROUP_BPF)";
  const CgroupHierarchy* unified = host.layout.unified();
  if (unified == nullptr) return {Enforced::no, kNeeded};
  const Fd group(open(unified->mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  bpf_attr query{};
  query.query.target_fd = static_cast<__u32>(group.get());
  query.query.attach_type = BPF_CGROUP_DEVICE;
  if (group && syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) == 0) return {};
  return {Enforced::no,
          errno == EPERM ? "the device programs of cgroup v2 need CAP_BPF or CAP_SYS_ADMIN" : kNeeded};
}

EnforcementFinding disk_space(const EnforcementHost& host) {
  const QuotaSupport quota = quota_support_of(host.private_area);
  if (quota.kind == QuotaKind::none) return {Enforced::no, quota.missing};
  return {};
}

EnforcementFinding disk_inodes(const EnforcementHost& host) {
  const QuotaSupport quota = quota_support_of(host.private_area);
  if (quota.kind == QuotaKind::subvolume) return {Enforced::no, "btrfs has no quota for inodes"};
  return disk_space(host);
}

EnforcementFinding disk_grace(const EnforcementHost& host) {
  const QuotaSupport quota = quota_support_of(host.private_area);
  if (quota.kind == QuotaKind::subvolume)
    return {Enforced::partly, "btrfs has no soft limits: the hard one counts, with QUOTATIME=0 the soft one"};
  return disk_space(host);
}

constexpr Enforcement kTable[] = {
    // Memory and the other beancounters.
    {"KMEMSIZE", "memory", "", "", only_as_memory},
    {"LOCKEDPAGES", "", "RLIMIT_MEMLOCK", "", each_process},
    {"PRIVVMPAGES", "memory", "memory.limit_in_bytes, RLIMIT_DATA", "memory.max, RLIMIT_DATA", private_pages},
    {"SHMPAGES", "", "size of /dev/shm, kernel.shmall", "", own_file_systems},
    {"NUMPROC", "pids", "pids.max", "pids.max"},
    {"PHYSPAGES", "memory", "memory.limit_in_bytes", "memory.max"},
    {"VMGUARPAGES", "memory", "memory.soft_limit_in_bytes", "memory.low", guarantee},
    {"OOMGUARPAGES", "memory", "memory.soft_limit_in_bytes", "memory.min", guarantee},
    {"NUMTCPSOCK", "", "", "", no_facility},
    {"NUMFLOCK", "", "", "", no_facility},
    {"NUMPTY", "", "max of /dev/pts", "", own_file_systems},
    {"NUMSIGINFO", "", "RLIMIT_SIGPENDING", "", each_user},
    {"TCPSNDBUF", "memory", "memory.kmem.tcp.limit_in_bytes", "net.ipv4.tcp_wmem", tcp_buffers},
    {"TCPRCVBUF", "memory", "memory.kmem.tcp.limit_in_bytes", "net.ipv4.tcp_rmem", tcp_buffers},
    {"OTHERSOCKBUF", "", "", "", only_as_memory},
    {"DGRAMRCVBUF", "", "", "", only_as_memory},
    {"NUMOTHERSOCK", "", "", "", no_facility},
    {"NUMFILE", "", "RLIMIT_NOFILE", "", each_process},
    {"DCACHESIZE", "memory", "", "", only_as_memory},
    {"NUMIPTENT", "", "", "", no_facility},
    {"SWAPPAGES", "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"},
    {"VM_OVERCOMMIT", "", "", "", vm_overcommit},
    {"MEMINFO", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {Enforced::nowhere, "/proc/meminfo inside shows the limit of PHYSPAGES, through lxcfs"};
     }},
    // CPU.
    {"CPUUNITS", "cpu", "cpu.shares", "cpu.weight"},
    {"CPUUWEIGHT", "cpu", "cpu.shares", "cpu.weight"},
    {"CPULIMIT", "cpu", "cpu.cfs_quota_us", "cpu.max"},
    {"CPUS", "cpu", "cpu.cfs_quota_us", "cpu.max"},
    {"CPUMASK", "cpuset", "cpuset.cpus", "cpuset.cpus"},
    {"NODEMASK", "cpuset", "cpuset.mems", "cpuset.mems"},
    // I/O and disk.
    {"IOPRIO", "blkio", "blkio.bfq.weight", "io.weight, io.bfq.weight", io_weight},
    {"IOLIMIT", "blkio", "blkio.throttle.*_bps_device", "io.max", io_rate},
    {"IOPSLIMIT", "blkio", "blkio.throttle.*_iops_device", "io.max", io_rate},
    {"DISK_QUOTA", "", "project quota or btrfs qgroup", "", disk_space},
    {"DISKSPACE", "", "project quota or btrfs qgroup", "", disk_space},
    {"DISKINODES", "", "project quota", "", disk_inodes},
    {"QUOTATIME", "", "project quota's grace time", "", disk_grace},
    {"QUOTAUGIDLIMIT", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {Enforced::nowhere, "simfs has no quota of single users"};
     }},
    {"MOUNT_OPTS", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {Enforced::nowhere, "only containers on ploop have a file system of their own"};
     }},
    // Rights, devices, network.
    {"CAPABILITY", "", "capability bounding set", "", always},
    {"FEATURES", "", "device nodes, namespaces", "", always},
    {"NETFILTER", "", "seccomp", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {
           Enforced::partly,
           "a network namespace has all of netfilter or nothing (disabled); stateless and stateful are as "
           "full"};
     }},
    {"IPTABLES", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {Enforced::nowhere,
               "a network namespace has all of netfilter; to take it away use --netfilter disabled"};
     }},
    {"DEVICES", "devices", "devices.allow", "BPF_PROG_TYPE_CGROUP_DEVICE", device_rights},
    {"DEVNODES", "devices", "device nodes, devices.allow", "device nodes, BPF_PROG_TYPE_CGROUP_DEVICE",
     device_rights},
    {"PCI", "", "", "",
     [](const EnforcementHost&) -> EnforcementFinding {
       return {
           Enforced::nowhere,
           "the kernel cannot give a PCI device to a container: give its network interface (--netdev_add) "
           "or its device node (--devnodes)"};
     }},
    {"NETDEV", "", "network namespace", "", always},
    {"NETIF", "", "veth, nftables", "", always},
    {"IP_ADDRESS", "", "veth, nftables", "", always},
    {"RATE", "", "HTB, nftables", "", always},
    {"RATEBOUND", "", "HTB", "", always},
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

std::string_view v2_name(std::string_view controller) {
  return controller == "blkio" ? "io" : controller;
}

std::string first_word(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(", ")));
}

// "NUMFLOCK, NUMPTY are not enforced"
std::string subject(const std::vector<std::string>& keys, Enforced enforced) {
  return join(keys, ", ") + (keys.size() == 1 ? " is " : " are ") +
         (enforced == Enforced::partly ? "only partly enforced" : "not enforced");
}

// Also what a running container would only take between two numbers.
bool waits_for_start(std::string_view key) {
  return find_parameter(key)->aspect == Aspect::none || key == "QUOTAUGIDLIMIT";
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
  if (hierarchy == nullptr) hierarchy = host.layout.find(v2_name(controller));
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
  const bool disk = key.starts_with("DISK") || key.starts_with("QUOTA");
  if (disk && !parameters.disk_quota.value_or(true)) return false;
  // Wanting quota is no limit yet; and MEMINFO means nothing beside a limit of memory.
  if (key == "DISK_QUOTA" || (key == "MEMINFO" && is_vswap(parameters))) return false;
  if (const auto which = find_beancounter(lower(key))) {
    const auto limits = configured_limits(parameters, *which);
    // The guarantees' barrier is what counts; 0 guarantees nothing.
    if (*which == Beancounter::vmguarpages || *which == Beancounter::oomguarpages)
      return limits->barrier > 0 && limits->barrier < kUnlimited;
    return limits->limit < kUnlimited;
  }
  constexpr std::array<std::string_view, 7> kNothing = {"", "0", "no", "none", "all", "full", "disabled"};
  return std::ranges::find(kNothing, *text) == kNothing.end();
}

std::vector<std::string> missing_enforcement(const Parameters& parameters, Occasion occasion,
                                             const EnforcementHost& host) {
  std::vector<std::pair<EnforcementFinding, std::vector<std::string>>> reasons;
  for (const auto& row : kTable) {
    if (!asks_for_enforcement(parameters, row.key)) continue;
    // What waits for the next start is told there.
    if (occasion == Occasion::set && waits_for_start(row.key)) continue;
    const EnforcementFinding finding = row.find(host);
    const bool told =
        occasion == Occasion::start ? finding.enforced == Enforced::no : finding.enforced != Enforced::yes;
    if (!told) continue;
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

void warn_of_missing(const Parameters& parameters, Occasion occasion, const std::string& private_area) {
  for (const auto& sentence : missing_enforcement(parameters, occasion, this_enforcement_host(private_area)))
    log_error(sentence);
}

}  // namespace vz
