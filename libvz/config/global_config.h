#pragma once

#include <string>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// /etc/vz/vz.conf.
struct GlobalConfig {
  Paths paths;
  Parameters defaults;             // CT parameters set there are defaults for all containers
  std::string log_file;            // LOGFILE; empty: none
  int log_level = 0;               // LOG_LEVEL
  int verbose = 0;                 // VERBOSE
  std::string config_sample;       // CONFIGFILE
  std::string default_ostemplate;  // DEF_OSTEMPLATE
  bool ipv6 = true;                // IPV6
  bool skip_arpdetect = false;     // SKIP_ARPDETECT
  bool error_on_arpfail = false;   // ERROR_ON_ARPFAIL: an address that another computer has is an error
  // NEIGHBOUR_DEVS: on which networks the containers' addresses are answered for.
  enum class Neighbours { detect, all, list };
  Neighbours neighbours = Neighbours::detect;
  std::vector<std::string> neighbour_devices;  // for Neighbours::list
  std::string
      route_source_device;  // VE_ROUTE_SRC_DEV: the host's packets to containers come from its address
  std::string criu;         // CRIU: the checkpoint engine's program; default "criu" of the search path
  bool shaping = false;     // TRAFFIC_SHAPING
  std::vector<LinkBandwidth> bandwidth;  // BANDWIDTH; empty: the interface of the default route
  std::vector<RateRule> total_rate;      // TOTALRATE: of all containers together
  std::string default_bridge;            // bridge for veth interfaces that name none: not attached if empty
};

// prefix: see Paths. Unreadable: "Unable to open <path>: <strerror>", exit code no_config.
Result<GlobalConfig> load_global_config(const std::string& prefix = "");

// The keys of vz.conf that are no CT parameters, for the man page's test and for completion.
std::vector<std::string> global_config_keys();

// A container's whole configuration: CTID.conf over vz.conf.
struct ContainerConfig {
  Ctid ctid = 0;
  std::string file;          // its CTID.conf
  Parameters own;            // what CTID.conf itself says
  Parameters merged;         // own over the defaults
  std::string root;          // expanded VE_ROOT; empty when not set anywhere
  std::string private_area;  // expanded VE_PRIVATE

  // First host ids of the user namespace; 0 for none. Default 100000.
  unsigned uid_base() const { return merged.local_uid.value_or(100000); }
  unsigned gid_base() const { return uid_base() == 0 ? 0 : merged.local_gid.value_or(100000); }
};

// No file: "Container config file does not exist", exit code no_container_config.
Result<ContainerConfig> load_container_config(const GlobalConfig& global, Ctid ctid);

// What holds for a container of which there is no file: vz.conf alone.
ContainerConfig default_container_config(const GlobalConfig& global, Ctid ctid);

// Sets merged, root and private_area from own and vz.conf.
void merge_container_config(const GlobalConfig& global, ContainerConfig& config);

}  // namespace vz
