#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libvz/host/user_beancounters.h"

namespace vz {

struct UbcView {
  bool quiet = false;        // only what is close to its limit, over it, or was refused
  bool verbose = false;      // also what has no limit
  bool relative = false;     // refusals since the last time
  bool incremental = false;  // how what is held has changed since the last time
  bool color = false;
  double held_ratio = 0.5;  // of the barrier: from there on it is close
  double max_held_ratio = 0.8;
};

// What was told the last time. kind: "failcnt" or "held".
struct UbcMemory {
  std::function<std::optional<std::uint64_t>(Ctid ctid, std::string_view name, const char* kind)> recall;
  std::function<void(Ctid ctid, std::string_view name, const char* kind, std::uint64_t value)> keep;
};

// The tables of all containers, with lines between. Source of the layout: vzubc of vzctl 4.x.
std::string ubc_tables(const UbcView& view, const std::vector<ContainerBeancounters>& containers,
                       const UbcMemory& memory);

}  // namespace vz
