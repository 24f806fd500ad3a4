#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/core/undo.h"
#include "libvz/network/announce.h"
#include "libvz/network/venet.h"

namespace vz {

// A container's network as a whole: venet0 if it has addresses, and its veth interfaces.

VenetOptions venet_options(const GlobalConfig& global);
// The container's veth interfaces with all that its configuration leaves open; vz.conf names the bridge of
// those that name none.
Result<std::vector<Veth>> veths_of(const GlobalConfig& global, const ContainerConfig& config);
// The addresses that are used: all, or without IPv6 those of IPv4 only.
std::vector<IpAddress> used_addresses(const GlobalConfig& global, const Parameters& parameters);
// Tells on the console that there are others.
void warn_of_unused_addresses(const GlobalConfig& global, const Parameters& parameters);
std::vector<Veth> complete_veths(const ContainerConfig& config, const std::vector<Veth>& veths,
                                 const Mac& host_mac);
// The interfaces' host ends, for the gate.
std::vector<std::string> host_interfaces(const ContainerConfig& config);

// Checks that no address is in use on this host (exit code ip_in_use) and that the bridges exist (veth).
// Changes nothing.
Result<void> check_network(const GlobalConfig& global, const ContainerConfig& config);

// Asks the neighbours whether somebody else has the addresses (unless SKIP_ARPDETECT). The answers gather
// while the caller goes on working; what cannot be asked is only logged. finish() warns of each address that
// was answered for; it waits until 300 ms after the question at most.
class AddressProbe {
 public:
  AddressProbe(const GlobalConfig& global, const std::vector<IpAddress>& ips);
  void finish();
  // With ERROR_ON_ARPFAIL: waits for the answers; one is an error, exit code cannot_add_ip. Otherwise
  // nothing.
  Result<void> require_unused();

 private:
  bool fatal_ = false;
  std::optional<DuplicateCheck> check_;
};

// Calls vznetcfg for a new veth interface if there is a vznet.conf: "PATH/vznetcfg exited with error", exit
// code veth.
Result<void> run_veth_hook(const GlobalConfig& global, Ctid ctid, const Veth& veth);

// Limits and counts what the container sends (RATE), if vz.conf has TRAFFIC_SHAPING; otherwise a warning if a
// rate is configured.
Result<void> shape_container(const GlobalConfig& global, const ContainerConfig& config);

// Makes everything for a container that is being started. undo takes it away again.
Result<void> create_network(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                            UndoStack& undo);

// Takes everything away from the host; what is not there is fine.
Result<void> remove_network(const GlobalConfig& global, const ContainerConfig& config);

// For a restore: before CRIU runs, and after it has made the interfaces. The gate is closed by the first and
// not opened.
Result<void> prepare_restored_network(const GlobalConfig& global, const ContainerConfig& config,
                                      UndoStack& undo);
Result<void> attach_restored_network(const GlobalConfig& global, const ContainerConfig& config);

// Tells the neighbours where the addresses are now. A failure is only logged: the container works without.
void announce_network(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid);

}  // namespace vz
