#include "tools/memory_use.h"

#include <unistd.h>

namespace vz {

namespace {

using enum Beancounter;

constexpr Beancounter kKernelAndNetwork[] = {kmemsize, tcprcvbuf, tcpsndbuf, dgramrcvbuf, othersockbuf};

double page() {
  static const auto size = static_cast<double>(sysconf(_SC_PAGESIZE));
  return size;
}

double counted(const std::optional<std::uint64_t>& value) {
  constexpr std::uint64_t kUnlimited32 = 2147483647;
  return value && *value < kUnlimited && *value != kUnlimited32 ? static_cast<double>(*value) : 0;
}

}  // namespace

MemoryUse memory_held(const Beancounters& values) {
  MemoryUse use;
  for (const Beancounter each : kKernelAndNetwork) use.low += counted(values[each].held);
  use.ram = counted(values[physpages].held) * page() + use.low;
  use.ram_swap = counted(values[oomguarpages].held) * page() + use.low;
  use.allocated = counted(values[privvmpages].held) * page() + use.low;
  return use;
}

MemoryCommitment memory_commitment(const Beancounters& limits, const HostMemory& host) {
  MemoryCommitment out;
  for (const Beancounter each : kKernelAndNetwork) out.low += counted(limits[each].limit);
  const double ram = counted(limits[physpages].limit) * page();
  const double swap = counted(limits[swappages].limit) * page();
  if (ram > 0) {
    out.ram_swap = ram;
    out.allocated = ram + swap;
    out.allocation_limit = ram + swap;
    return out;
  }
  out.ram_swap = counted(limits[oomguarpages].barrier) * page() + out.low;
  out.allocated = counted(limits[vmguarpages].barrier) * page() + out.low;
  const double allocation = counted(limits[privvmpages].limit) * page();
  out.allocation_limit =
      allocation > 0 ? allocation + out.low : static_cast<double>(host.ram) + static_cast<double>(host.swap);
  return out;
}

double low_for_containers(const HostMemory& host) {
  return 0.4 * static_cast<double>(host.low);
}

}  // namespace vz
