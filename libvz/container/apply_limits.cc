#include "libvz/container/aspects.h"
#include "libvz/core/log.h"
#include "libvz/isolation/cgroup.h"

namespace vz {

Result<void> apply_limits(const Change& change) {
  const Parameters& changed = change.changed;
  const bool memory = changed.physpages || changed.swappages;
  const bool beancounters = memory || changed.numproc;
  const bool cpu = changed.cpuunits || changed.cpulimit || changed.cpus || changed.cpumask;
  if (!beancounters && !cpu) return {};
  // One knob may hold several parameters (memory and swap, CPULIMIT and CPUS), so the new whole counts.
  const CgroupLimits all = limits_of(change.after.merged);
  CgroupLimits limits;
  if (memory) {
    limits.memory = all.memory;
    limits.swap = all.swap;
  }
  if (changed.numproc) limits.pids = all.pids;
  if (changed.cpuunits) limits.cpu_units = all.cpu_units;
  if (changed.cpulimit || changed.cpus) limits.cpu_percent = all.cpu_percent;
  if (changed.cpumask) limits.cpus = all.cpus;
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  auto applied = Cgroup(layout, change.after.ctid).apply(limits);
  if (!applied) {
    return std::unexpected(
        std::move(applied).error().with_code(beancounters ? ExitCode::set_ubc : ExitCode::set_scheduler));
  }
  if (beancounters) log_info("UB limits were set successfully");
  if (changed.cpulimit) log_info("Setting CPU limit: " + std::to_string(*changed.cpulimit));
  if (changed.cpuunits) log_info("Setting CPU units: " + std::to_string(*changed.cpuunits));
  if (changed.cpus) log_info("Setting CPUs: " + std::to_string(*changed.cpus));
  if (changed.cpumask) log_info("Setting CPU mask: " + changed.cpumask->text());
  return {};
}

}  // namespace vz
