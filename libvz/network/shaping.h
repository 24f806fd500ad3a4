#pragma once

#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"
#include "libvz/network/traffic_classes.h"

namespace vz {

// RATE: how fast a container may send to other machines, by class of addresses. Each uplink that shaping is
// on for gets an HTB queue (handle 1:): the link (BANDWIDTH), below it the classes of traffic with a total
// rate (TOTALRATE), below these a class for each container and class of traffic. A packet finds its class by
// its priority, which nftables sets where it is forwarded: so nothing depends on a classifier that the kernel
// may lack, nor on the host end being there, and bridged traffic is no exception. What has no class is not
// shaped. The same rules count (traffic_script.h).
//
// Which HTB class belongs to whom is in /run/vz/tc_classes ("ID CTID CLASS DEVICE" a line).

struct ShapingOptions {
  std::vector<LinkBandwidth> links;   // the uplinks
  std::vector<RateRule> total_rates;  // TOTALRATE
  std::vector<ClassNetwork> classes;
};

struct ContainerTraffic {
  Ctid ctid = 0;
  std::vector<std::string> host_ends;
  std::vector<RateRule> rates;  // RATE
  bool bound = false;           // RATEBOUND
};

// Puts exactly this in force; counters go on. An uplink that is not there, or has a queueing discipline of
// somebody else's, and a kernel without HTB are warnings that name them, and nothing is shaped there. Exit
// code set_rate.
Result<void> shape_traffic(const Paths& paths, const ShapingOptions& options,
                           const ContainerTraffic& traffic);

// Takes it all away, and an uplink's queue with the last container's class. Without any: nothing is started.
Result<void> unshape_traffic(const Paths& paths, Ctid ctid, const std::vector<std::string>& host_ends);

// The uplinks of BANDWIDTH; if it names none, that of the default route.
Result<std::vector<LinkBandwidth>> shaped_links(const std::vector<LinkBandwidth>& bandwidth);

}  // namespace vz
