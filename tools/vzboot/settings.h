#pragma once

#include <map>
#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// What vz.conf says of boot and shutdown; see vz.conf(5).
struct BootSettings {
  GlobalConfig global;
  std::string prefix;          // of all paths, for tests; else empty
  bool enabled = true;         // VIRTUOZZO is not "no"
  bool suspend = true;         // VE_STOP_MODE
  unsigned parallel = 1;       // VE_PARALLEL; default 4 for each CPU
  std::string host_cpuunits;   // VE0CPUUNITS; empty: not set
  bool reset_host_ub = false;  // ONBOOT=yes in 0.conf

  std::string vzctl() const { return prefix + VZ_SBINDIR "/vzctl"; }
};

// Values that make no sense are reported and left out. No vz.conf: exit code no_config.
Result<BootSettings> load_boot_settings(const std::string& prefix);

}  // namespace vz
