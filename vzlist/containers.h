#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/host/beancounters.h"
#include "libvz/host/run_state.h"
#include "vzlist/options.h"

namespace vz {

enum class ListedStatus : std::uint8_t { running, stopped, mounted, suspended };

// What has to be looked at beside the configuration and the run state. Nothing is read that no column, no
// sort key and no filter asks for.
struct Needs {
  bool status = false;  // whether a container that does not run is mounted or suspended
  bool name = false;
  bool limits = false;  // those in force
  bool uptime = false;
  bool disk = false;
  BeancounterSet beancounters{};

  Needs& operator|=(const Needs& other);
};

// A container as vzlist knows it: one state, not a mixture of what was before and after a change.
struct Listed {
  Ctid ctid = 0;
  Parameters parameters;
  std::string root;
  std::string private_area;
  bool has_private_area = false;
  std::optional<RunState> run_state;
  ListedStatus status = ListedStatus::stopped;
  std::string name;           // only if its link in /etc/vz/names leads here
  Beancounters beancounters;  // of a running one with the limits in force, else as configured
  std::optional<unsigned> cpulimit;
  std::optional<unsigned> cpuunits;
  std::optional<double> uptime;  // seconds
  std::optional<std::uint64_t> disk_kilobytes;
  std::optional<std::uint64_t> disk_inodes;

  bool running() const { return run_state.has_value(); }
};

struct Listing {
  std::vector<std::unique_ptr<Listed>> containers;  // by ctid, filtered
  bool any_found = false;                           // before the filters
};

// Collects the containers that the options ask for, and of each what needs says.
// Errors: "CT ID X is invalid."
Result<Listing> collect(const GlobalConfig& global, const ListOptions& options, const Needs& needs);

}  // namespace vz
