#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

// What a container's group may use. Unset: leave as it is.
struct CgroupLimits {
  std::optional<std::uint64_t> memory{};     // bytes; kUnlimited
  std::optional<std::uint64_t> swap{};       // bytes besides memory; kUnlimited
  std::optional<std::uint64_t> guarantee{};  // bytes that others' need does not take (VMGUARPAGES); 0: none
  std::optional<std::uint64_t> oom_guarantee{};  // the same, and rather is another killed (OOMGUARPAGES)
  std::optional<std::uint64_t> tcp_memory{};     // bytes of TCP buffers; kUnlimited
  std::optional<std::uint64_t> pids{};           // kUnlimited
  std::optional<unsigned> cpu_units{};           // CPUUNITS: 1000 is an ordinary share
  std::optional<unsigned> cpu_percent{};         // of one CPU; 0: unlimited
  std::optional<IdMask> cpus{};
  std::optional<IdMask> nodes{};                 // whose memory; for automatic cpus also where those are
  std::optional<unsigned> io_priority{};         // IOPRIO: 0 to 7
  std::optional<std::uint64_t> io_bytes{};       // a second, of reading and of writing each; 0: unlimited
  std::optional<std::uint64_t> io_operations{};  // the same
  std::vector<std::string> io_devices{};         // "8:0": on which the two hold
};

// The limits that the parameters ask for; unset where they say nothing. A classic configuration, which limits
// PRIVVMPAGES and not PHYSPAGES, gives a bound of memory and swap together: what its private, shared and
// kernel memory may be in all.
CgroupLimits limits_of(const Parameters& parameters);

// Each one that is unset gets what a container has of which nothing is said: no limit, the ordinary share,
// and as many processes as default_process_limit() says.
CgroupLimits with_defaults(CgroupLimits limits);

// How many processes a container may have whose configuration does not say: enough for any service, few
// enough that a fork bomb leaves the host its pids. A quarter of what the kernel allows, at most 32768.
std::uint64_t default_process_limit();

// The weight among the containers' groups that IOPRIO stands for. Source: libvzctl.
unsigned io_weight(unsigned priority);

// For the group at path in each hierarchy. What no controller or file is there for is left out without a
// word: enforcement.h tells. Errors have the exit codes set_ubc, set_scheduler and set_io; what could not be
// changed is as it was.
namespace cgroup_v1 {
Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits);
}
namespace cgroup_v2 {
Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits);
// Gives the group above what the groups in it are guaranteed in all: the kernel guarantees a group no more
// than the one above has, and shares out among them what that has too much. parent: its directory.
Result<void> sum_guarantees(const std::string& parent);
}  // namespace cgroup_v2

// Gives the group of all containers the share of the CPUs that is theirs when the host itself has these
// CPUUNITS: with 1000 as much as any group beside it, with more of them less. Made if it is not there yet.
// False: no controller. Exit code set_scheduler.
Result<bool> weigh_containers_against_host(const CgroupLayout& layout, unsigned host_units);

// "0-3,7" of those of the mask that are in available ("0-7"), both in the kernel's way of writing lists; the
// whole of available for all. None of them is there: exit code set_scheduler.
Result<std::string> usable_ids(const IdMask& mask, std::string_view available);

// The mask with the CPUs of these memory nodes in place of "auto".
Result<IdMask> resolve_cpus(const IdMask& cpus, const IdMask& nodes);

}  // namespace vz
