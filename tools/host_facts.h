#pragma once

#include <cstdint>

#include "libvz/core/result.h"

namespace vz {

// What the host has. Errors: the file cannot be read or says nothing of it.
struct HostMemory {
  std::uint64_t ram = 0;   // bytes
  std::uint64_t swap = 0;  // bytes
  std::uint64_t low = 0;   // bytes that the kernel can use for itself; on 64 bits all of it
};
Result<HostMemory> host_memory();

// The most threads that the kernel allows at a time.
Result<std::uint64_t> host_threads_max();

// How much all CPUs together can do, in CPU units: the sum of bogomips times 25. Source: vzctl 4.x.
Result<std::uint64_t> host_cpu_power();

}  // namespace vz
