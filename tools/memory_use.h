#pragma once

#include <cstdint>

#include "libvz/config/parameters.h"
#include "libvz/host/beancounters.h"
#include "tools/host_facts.h"

namespace vz {

// How much of a host's memory one container uses, is promised and may use. In bytes; what is not known counts
// as 0. Source of the formulas: vzcalc and vzmemcheck of vzctl 4.x.
struct MemoryUse {
  double low = 0;        // kernel memory and network buffers
  double ram = 0;        // with user memory
  double ram_swap = 0;   // memory that is safe from being taken back
  double allocated = 0;  // address space
};

// What is held.
MemoryUse memory_held(const Beancounters& values);

// By the limits. What has no limit promises nothing: it counts as 0; without a limit on allocation,
// allocation_limit is the host's memory and swap space. Where memory is limited as a whole (VSwap), that
// limit takes the place of the single ones.
struct MemoryCommitment {
  double low = 0;
  double ram_swap = 0;
  double allocated = 0;         // guaranteed
  double allocation_limit = 0;  // at most
};
MemoryCommitment memory_commitment(const Beancounters& limits, const HostMemory& host);

// The part of low memory that containers may fill. Bytes.
double low_for_containers(const HostMemory& host);

}  // namespace vz
