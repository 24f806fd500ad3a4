#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"

namespace vz {

// What one `vzctl set` or `vzctl create` asks for. Most options name a new value; those of lists say what to
// add and what to remove.
struct Changes {
  // What options say through the table. For ip, netif, netdev, pci, capability, features, devices and
  // devnodes: what is to be added.
  Parameters given;

  bool delete_all_ip = false;
  std::vector<IpAddress> delete_ip;  // the prefix does not matter
  bool delete_all_netif = false;
  std::vector<std::string> delete_netif;
  std::vector<std::string> delete_netdev;
  std::vector<std::string> delete_pci;
  // --ifname and its companions: the fields that are set replace those of the interface of that name.
  std::optional<Veth> edit_netif;
  std::optional<std::string> edit_bridge;  // empty: off the bridge
};

// The values that a container which has `current` is to have after the changes; only what the changes speak
// of is set. Interfaces to be deleted that are not there are reported ("Container does not have configured
// veth: <if>, skipped"). Errors (exit code invalid_syntax): an interface to be edited that is not there.
Result<Parameters> resolve_changes(const Changes& changes, const Parameters& current);

}  // namespace vz
