#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "tools/host_facts.h"

namespace vz {

// A host's resources divided among containers of equal size. Source of the figures: vzsplit of vzctl 4.x.

struct WholeHost {
  HostMemory memory;
  std::uint64_t threads = 0;
  // What containers can have of the disk; 0 of both: not known, each gets a default.
  std::uint64_t disk_kilobytes = 0;
  std::uint64_t disk_inodes = 0;
  std::uint64_t page = 4096;  // bytes
};

// Memory in bytes that stays for the host itself.
inline constexpr std::uint64_t kHostReserve = 50 << 20;

// How many containers the host's memory can carry at most.
std::uint64_t most_containers(const HostMemory& memory);
// How many containers of the default size fit the disk.
std::uint64_t most_containers_on_disk(std::uint64_t kilobytes, std::uint64_t inodes);

struct Share {
  // How scarce resources are: 0 plenty, 3 nothing to spare.
  unsigned level = 0;
  struct Parameter {
    std::string key;
    BarrierLimit value;
  };
  // In the order of the file.
  std::vector<Parameter> primary;
  std::vector<Parameter> secondary;
  std::vector<Parameter> auxiliary;
  std::uint64_t memory_pages = 0;  // for PHYSPAGES of a VSwap configuration
  SoftHard disk_kilobytes;
  SoftHard disk_inodes;
};

// "Free resource distribution. …" for a level.
std::string level_text(unsigned level);

// One container's share if there are so many; at least one and at most most_containers(). Errors (exit code
// not_enough_ubc): not even the least that a container needs is left for each.
Result<Share> share_of(const WholeHost& host, std::uint64_t containers);

// The text of a configuration sample.
std::string sample_text(const WholeHost& host, std::uint64_t containers, const Share& share, bool vswap);

}  // namespace vz
