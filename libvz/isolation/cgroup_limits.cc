#include "libvz/isolation/cgroup_limits.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::uint64_t kPageSize = 4096;

std::uint64_t pages_to_bytes(std::uint64_t pages) {
  return pages >= kUnlimited / kPageSize ? kUnlimited : pages * kPageSize;
}

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  return a >= kUnlimited - std::min(b, kUnlimited) ? kUnlimited : a + b;
}

bool is_limited(const std::optional<BarrierLimit>& limits) {
  return limits && limits->limit < kUnlimited;
}

void set_memory(const Parameters& parameters, CgroupLimits& limits) {
  if (parameters.physpages) limits.memory = pages_to_bytes(parameters.physpages->limit);
  if (parameters.swappages) limits.swap = pages_to_bytes(parameters.swappages->limit);
  if (is_vswap(parameters) || !is_limited(parameters.privvmpages)) return;
  std::uint64_t memory = pages_to_bytes(parameters.privvmpages->limit);
  if (is_limited(parameters.shmpages)) memory = add(memory, pages_to_bytes(parameters.shmpages->limit));
  if (is_limited(parameters.kmemsize)) memory = add(memory, parameters.kmemsize->limit);
  limits.memory = memory;
  if (!is_limited(parameters.swappages)) limits.swap = 0;
}

std::optional<std::uint64_t> guarantee(const std::optional<BarrierLimit>& limits) {
  if (!limits) return std::nullopt;
  const std::uint64_t bytes = pages_to_bytes(limits->barrier);
  // Nobody can be guaranteed everything.
  return bytes == kUnlimited ? 0 : bytes;
}

std::optional<std::uint64_t> tcp_memory(const Parameters& parameters) {
  const auto& send = parameters.tcpsndbuf;
  const auto& receive = parameters.tcprcvbuf;
  if (!send && !receive) return std::nullopt;
  return is_limited(send) && is_limited(receive) ? add(send->limit, receive->limit) : kUnlimited;
}

std::uint64_t kernel_number(const char* path, std::uint64_t otherwise) {
  const auto text = read_file(path);
  const auto number = text ? parse_unsigned(trim(*text)) : std::nullopt;
  return number ? *number : otherwise;
}

// A list of the kernel's, "0-3,7"; an empty one has no ids.
std::vector<unsigned> ids_of(std::string_view list) {
  const auto mask = parse_id_mask(trim(list), false);
  return mask ? mask->ids : std::vector<unsigned>();
}

}  // namespace

CgroupLimits limits_of(const Parameters& parameters) {
  CgroupLimits limits;
  set_memory(parameters, limits);
  limits.guarantee = guarantee(parameters.vmguarpages);
  limits.oom_guarantee = guarantee(parameters.oomguarpages);
  limits.tcp_memory = tcp_memory(parameters);
  if (parameters.numproc) limits.pids = parameters.numproc->limit;
  limits.cpu_units = parameters.cpuunits ? parameters.cpuunits : parameters.cpuweight;
  const unsigned by_cpus = parameters.cpus.value_or(0) * 100;
  const unsigned by_limit = parameters.cpulimit.value_or(0);
  if (parameters.cpulimit || parameters.cpus) {
    limits.cpu_percent =
        by_cpus == 0 || by_limit == 0 ? std::max(by_cpus, by_limit) : std::min(by_cpus, by_limit);
  }
  limits.cpus = parameters.cpumask;
  limits.nodes = parameters.nodemask;
  limits.io_priority = parameters.ioprio;
  limits.io_bytes = parameters.iolimit;
  limits.io_operations = parameters.iopslimit;
  return limits;
}

CgroupLimits with_defaults(CgroupLimits limits) {
  constexpr unsigned kOrdinaryUnits = 1000;
  constexpr unsigned kOrdinaryPriority = 4;
  const auto set = [](auto& member, auto value) {
    if (!member) member = value;
  };
  const IdMask all{.kind = IdMask::Kind::all, .ids = {}};
  set(limits.memory, kUnlimited);
  set(limits.swap, kUnlimited);
  set(limits.guarantee, 0U);
  set(limits.oom_guarantee, 0U);
  set(limits.tcp_memory, kUnlimited);
  set(limits.pids, default_process_limit());
  set(limits.cpu_units, kOrdinaryUnits);
  set(limits.cpu_percent, 0U);
  set(limits.cpus, all);
  set(limits.nodes, all);
  set(limits.io_priority, kOrdinaryPriority);
  set(limits.io_bytes, 0U);
  set(limits.io_operations, 0U);
  return limits;
}

std::uint64_t default_process_limit() {
  constexpr std::uint64_t kMost = 32768;
  const std::uint64_t allowed = std::min(kernel_number("/proc/sys/kernel/pid_max", kMost),
                                         kernel_number("/proc/sys/kernel/threads-max", kMost * 4));
  return std::min(kMost, std::max<std::uint64_t>(1, allowed / 4));
}

unsigned io_weight(unsigned priority) {
  constexpr std::array<unsigned, 8> kWeights = {320, 365, 410, 460, 500, 550, 600, 640};
  return kWeights[std::min<size_t>(priority, kWeights.size() - 1)];
}

Result<bool> weigh_containers_against_host(const CgroupLayout& layout, unsigned host_units) {
  const CgroupHierarchy* hierarchy = layout.find("cpu");
  if (hierarchy == nullptr) return false;
  constexpr unsigned kOrdinaryUnits = 1000;
  const std::string path = container_cgroup_path(0);
  const std::string group = hierarchy->mount_point + path.substr(0, path.rfind('/'));
  if (mkdir(group.c_str(), 0755) < 0 && errno != EEXIST)
    return fail_errno(ExitCode::set_scheduler, "mkdir " + group);
  if (hierarchy->v2) VZ_TRY(write_knob(hierarchy->mount_point + "/cgroup.subtree_control", "+cpu"));
  const std::uint64_t ordinary = hierarchy->v2 ? 100 : 1024;
  const std::uint64_t share =
      std::clamp<std::uint64_t>(ordinary * kOrdinaryUnits / std::max(1U, host_units), 2, 10000);
  auto weighed = write_knob(group + (hierarchy->v2 ? "/cpu.weight" : "/cpu.shares"), std::to_string(share));
  if (!weighed) return std::unexpected(std::move(weighed).error().with_code(ExitCode::set_scheduler));
  return true;
}

Result<std::string> usable_ids(const IdMask& mask, std::string_view available) {
  IdMask usable{.kind = IdMask::Kind::list, .ids = ids_of(available)};
  if (mask.kind == IdMask::Kind::list) {
    std::erase_if(usable.ids, [&](unsigned id) { return !std::ranges::binary_search(mask.ids, id); });
  }
  if (!usable.ids.empty()) return usable.text();
  return fail(ExitCode::set_scheduler,
              "None of " + mask.text() + " is there: this host has " + std::string(trim(available)));
}

Result<IdMask> resolve_cpus(const IdMask& cpus, const IdMask& nodes) {
  if (cpus.kind != IdMask::Kind::automatic) return cpus;
  if (nodes.kind != IdMask::Kind::list) return IdMask{.kind = IdMask::Kind::all, .ids = {}};
  IdMask found{.kind = IdMask::Kind::list, .ids = {}};
  for (const unsigned node : nodes.ids) {
    const auto list = read_file("/sys/devices/system/node/node" + std::to_string(node) + "/cpulist");
    if (!list) continue;
    for (const unsigned cpu : ids_of(*list)) found.ids.push_back(cpu);
  }
  if (found.ids.empty())
    return fail(ExitCode::set_scheduler, "This host has no memory node " + nodes.text() + " with CPUs");
  std::ranges::sort(found.ids);
  return found;
}

}  // namespace vz
