#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/values.h"

namespace vz {

// What the configuration says of a container: vz.conf and CTID.conf, or the options of one create or set. A
// member that is not set was not given (inherit from the level above, else the built-in default). The table
// of parameters (parameter_table.h) maps each member to its configuration key and option.
struct Parameters {
  // Identity and life.
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> onboot;
  std::optional<unsigned> bootorder;
  std::optional<bool> disabled;
  std::optional<unsigned> stop_timeout;  // seconds; 0 means the default, 120
  std::optional<std::string> ostemplate;
  std::optional<std::string> origin_sample;

  // Storage.
  std::optional<std::string> root;          // unexpanded
  std::optional<std::string> private_area;  // unexpanded
  std::optional<Layout> layout;
  std::optional<SoftHard> diskspace;   // KB
  std::optional<SoftHard> diskinodes;  // count
  std::optional<unsigned>
      local_uid;  // first host uid of the container's user namespace; 0: no user namespace
  std::optional<unsigned> local_gid;

  // Network.
  std::optional<std::vector<IpAddress>> ip;
  std::optional<std::string> hostname;
  std::optional<std::vector<std::string>> nameserver;    // addresses, or "inherit"
  std::optional<std::vector<std::string>> searchdomain;  // domains, or "inherit"
  std::optional<std::vector<Veth>> netif;

  // Resources.
  std::optional<BarrierLimit> physpages;  // pages
  std::optional<BarrierLimit> swappages;  // pages
  std::optional<BarrierLimit> numproc;
  std::optional<unsigned> cpuunits;
  std::optional<unsigned> cpulimit;  // percent of one CPU; 0: unlimited
  std::optional<unsigned> cpus;
  std::optional<IdMask> cpumask;

  // Rights.
  std::optional<CapabilityChanges> capability;
  std::optional<std::vector<DeviceNode>> devnodes;
};

}  // namespace vz
