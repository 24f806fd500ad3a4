#include <fcntl.h>

#include "libvz/config/parameter_table.h"
#include "libvz/container/aspects.h"
#include "libvz/container/limits.h"
#include "libvz/core/fd.h"
#include "libvz/core/log.h"
#include "libvz/isolation/namespace_limits.h"
#include "libvz/isolation/process_limits.h"
#include "libvz/network/tcp_buffers.h"

namespace vz {

namespace {

// One knob may hold several parameters (memory and swap, CPULIMIT and CPUS), so of those that change the new
// whole counts.
CgroupLimits changed_limits(const Change& change) {
  const Parameters& changed = change.changed;
  const CgroupLimits asked = limits_of(changed);
  CgroupLimits limits = group_limits(change.after);
  const bool memory =
      changed.physpages || changed.swappages || changed.privvmpages || changed.shmpages || changed.kmemsize;
  const bool mask = changed.cpumask || changed.nodemask;
  const auto keep_if = [](bool wanted, auto& member) {
    if (!wanted) member.reset();
  };
  keep_if(memory, limits.memory);
  keep_if(memory, limits.swap);
  keep_if(asked.guarantee.has_value() || asked.oom_guarantee.has_value(), limits.guarantee);
  keep_if(asked.guarantee.has_value() || asked.oom_guarantee.has_value(), limits.oom_guarantee);
  keep_if(asked.tcp_memory.has_value(), limits.tcp_memory);
  keep_if(asked.pids.has_value(), limits.pids);
  keep_if(asked.cpu_units.has_value(), limits.cpu_units);
  keep_if(asked.cpu_percent.has_value(), limits.cpu_percent);
  keep_if(mask, limits.cpus);
  keep_if(mask, limits.nodes);
  keep_if(asked.io_priority.has_value(), limits.io_priority);
  keep_if(asked.io_bytes.has_value(), limits.io_bytes);
  keep_if(asked.io_operations.has_value(), limits.io_operations);
  return limits;
}

Result<void> change_inside(const Change& change, const Cgroup& cgroup) {
  const Parameters& changed = change.changed;
  const ContainerConfig& config = change.after;
  // Which of them there are depends on whether memory is limited as a whole.
  Parameters now = changed;
  if (!now.physpages) now.physpages = config.merged.physpages;
  VZ_ASSIGN(const auto lower, limit_processes([&] { return cgroup.processes(); }, process_limits_of(now)));
  warn_of_lower_limits(lower);
  VZ_TRY(limit_namespaces(change.init_pid, {config.uid_base(), config.gid_base()},
                          namespace_limits_of(changed)));
  if (!changed.tcpsndbuf && !changed.tcprcvbuf) return {};
  TcpBuffers buffers;
  if (changed.tcpsndbuf) buffers.send = changed.tcpsndbuf->limit;
  if (changed.tcprcvbuf) buffers.receive = changed.tcprcvbuf->limit;
  VZ_ASSIGN(const Fd netns, open_file("/proc/" + std::to_string(change.init_pid) + "/ns/net", O_RDONLY));
  return limit_tcp_buffers(netns.get(), buffers);
}

bool any_beancounter(const Parameters& changed) {
  for (const auto& row : parameter_table()) {
    if (row.aspect == Aspect::beancounters && row.print(changed)) return true;
  }
  return false;
}

}  // namespace

Result<void> apply_limits(const Change& change) {
  const Parameters& changed = change.changed;
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, change.after.ctid);
  VZ_TRY(cgroup.apply(changed_limits(change)));
  if (any_beancounter(changed)) {
    auto done = change_inside(change, cgroup);
    if (!done) return std::unexpected(std::move(done).error().with_code(ExitCode::set_ubc));
    log_info("UB limits were set successfully");
  }
  if (changed.cpulimit) log_info("Setting CPU limit: " + std::to_string(*changed.cpulimit));
  if (changed.cpuunits) log_info("Setting CPU units: " + std::to_string(*changed.cpuunits));
  if (changed.cpus) log_info("Setting CPUs: " + std::to_string(*changed.cpus));
  if (changed.cpumask) log_info("Setting CPU mask: " + changed.cpumask->text());
  if (changed.nodemask) log_info("Setting NUMA node mask: " + changed.nodemask->text());
  if (changed.ioprio) log_info("Set up ioprio: " + std::to_string(*changed.ioprio));
  if (changed.iolimit)
    log_info("Setting iolimit: " +
             (*changed.iolimit == 0 ? "0 (unlimited)" : std::to_string(*changed.iolimit) + " bytes/sec"));
  if (changed.iopslimit)
    log_info("Setting iopslimit: " +
             (*changed.iopslimit == 0 ? "0 (unlimited)" : std::to_string(*changed.iopslimit) + " iops"));
  return {};
}

}  // namespace vz
