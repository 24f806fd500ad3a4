#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libvz/core/paths.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

// What the kernel holds a running container to at this moment; a change without --save makes it differ from
// the configuration. What no controller enforces is not set.
struct EnforcedLimits {
  std::optional<std::uint64_t> memory_pages;  // kUnlimited
  std::optional<std::uint64_t> swap_pages;    // besides memory; kUnlimited
  std::optional<std::uint64_t> processes;     // kUnlimited
  std::optional<unsigned> cpu_percent;        // of one CPU; 0: unlimited
  std::optional<unsigned> cpu_units;          // as CPUUNITS, as exactly as the kernel keeps it
};

EnforcedLimits read_enforced_limits(const CgroupLayout& layout, Ctid ctid);

}  // namespace vz
