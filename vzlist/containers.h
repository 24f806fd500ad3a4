#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/host/cgroup_layout.h"
#include "libvz/host/run_state.h"
#include "vzlist/options.h"

namespace vz {

enum class ListedStatus { running, stopped, mounted, suspended };

// Held, greatest held and refused, of a running container. Not all of it can be had on every kernel.
struct Usage {
  std::optional<std::uint64_t> held;
  std::optional<std::uint64_t> max_held;
  std::optional<std::uint64_t> failures;
};

// A container as vzlist knows it.
struct Listed {
  ContainerConfig config;
  std::optional<RunState> run_state;
  ListedStatus status = ListedStatus::stopped;
  std::string name;  // only if its link in /etc/vz/names leads here
  Usage numproc;
  Usage physpages;
  Usage swappages;
  std::optional<double> uptime;  // seconds

  bool running() const { return run_state.has_value(); }
};

struct Listing {
  std::vector<Listed> containers;  // unsorted, filtered
  bool any_found = false;          // before the filters
};

// Collects the containers that the options ask for.
// Errors: "CT ID X is invalid."
Result<Listing> collect(const GlobalConfig& global, const ListOptions& options);

}  // namespace vz
