#pragma once

#include <functional>
#include <string>

#include "libvz/config/parameters.h"
#include "tools/host_facts.h"

namespace vz {

// What a container's resource parameters have to be to each other. Source of the rules, their order and
// their words: vzcfgvalidate of vzctl 4.x.

struct Finding {
  std::string message;   // "Error: …", "Warning: …" or "Recommendation: …"
  std::string proposal;  // "set to N", "set to N:M"; empty: there is no repair
};
// Is told each finding as it comes up; true: make the proposed change and go on with it.
using OnFinding = std::function<bool(const Finding& finding)>;

// Both return whether the parameters are valid, after what was repaired. A recommendation makes nothing
// invalid.
bool check_vswap(Parameters& parameters, const HostMemory& host, const OnFinding& on_finding);
bool check_classic(Parameters& parameters, const OnFinding& on_finding);

}  // namespace vz
