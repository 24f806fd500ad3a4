#include "libvz/container/limits.h"

#include <fcntl.h>

#include <utility>

#include "libvz/core/fd.h"
#include "libvz/core/log.h"
#include "libvz/host/block_devices.h"
#include "libvz/isolation/namespace_limits.h"
#include "libvz/isolation/process_limits.h"
#include "libvz/network/tcp_buffers.h"

namespace vz {

namespace {

void warn(const char* parameters, const Result<void>& applied) {
  if (!applied)
    log_error("Warning: " + std::string(parameters) + " are not enforced: " + applied.error().text());
}

// What cannot be freed is left to it, and not much more. The error is that of the limits asked for.
Result<void> limit_restored_memory(Cgroup& cgroup, CgroupLimits limits) {
  auto wanted = cgroup.apply(limits);
  constexpr int kDoublings = 20;
  bool held = wanted.has_value();
  for (int i = 0; i < kDoublings && !held && limits.memory < kUnlimited / 2; ++i) {
    limits.memory = *limits.memory * 2;
    held = cgroup.apply(limits).has_value();
  }
  return wanted;
}

}  // namespace

CgroupLimits group_limits(const ContainerConfig& config) {
  CgroupLimits limits = limits_of(config.merged);
  // None, or an area that cannot be looked at: enforcement.h tells.
  limits.io_devices = block_devices_below(config.private_area).value_or(std::vector<std::string>());
  return limits;
}

Result<void> limit_group(const ContainerConfig& config, Cgroup& cgroup, Limiting what) {
  CgroupLimits limits = with_defaults(group_limits(config));
  // A mask of another host's CPUs keeps no container from starting.
  warn("CPUMASK and NODEMASK",
       cgroup.apply({.cpus = std::exchange(limits.cpus, {}), .nodes = std::exchange(limits.nodes, {})}));
  if (what == Limiting::restored) {
    warn("PHYSPAGES and SWAPPAGES", limit_restored_memory(cgroup, {.memory = std::exchange(limits.memory, {}),
                                                                   .swap = std::exchange(limits.swap, {})}));
  }
  return cgroup.apply(limits);
}

Result<void> limit_inside(const ContainerConfig& config, Cgroup& cgroup, pid_t init_pid) {
  const Parameters& parameters = config.merged;
  VZ_ASSIGN(const auto lower,
            limit_processes([&] { return cgroup.processes(); }, process_limits_of(parameters)));
  warn_of_lower_limits(lower);
  VZ_TRY(limit_namespaces(init_pid, {config.uid_base(), config.gid_base()}, namespace_limits_of(parameters)));
  TcpBuffers buffers;
  if (parameters.tcpsndbuf) buffers.send = parameters.tcpsndbuf->limit;
  if (parameters.tcprcvbuf) buffers.receive = parameters.tcprcvbuf->limit;
  VZ_ASSIGN(const Fd netns, open_file("/proc/" + std::to_string(init_pid) + "/ns/net", O_RDONLY));
  return limit_tcp_buffers(netns.get(), buffers);
}

}  // namespace vz
