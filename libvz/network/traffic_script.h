#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/paths.h"
#include "libvz/network/traffic_classes.h"

namespace vz {

// The scripts that count a container's traffic by class and tell the queues of the uplinks whose it is. Pure;
// see shaping.h for what they are for.

// A class of traffic of one container and the number of its HTB class (1:ID), if it has one.
struct TrafficMark {
  unsigned traffic_class = 0;
  std::optional<unsigned> id;
};

// "1:100": an HTB class as tc and nft write it.
std::string htb_handle(unsigned id);

// For nft -f: the named counters sent_CTID_CLASS and received_CTID_CLASS in "inet vz" and "bridge vz", for
// what is forwarded from and to these host ends; what is sent gets the priority of its class's mark. May be
// repeated; the counters go on.
std::string traffic_script(Ctid ctid, const std::vector<std::string>& host_ends,
                           const std::vector<ClassNetwork>& classes, const std::vector<TrafficMark>& marks);
// Takes all that away.
std::string traffic_clear_script(Ctid ctid, const std::vector<std::string>& host_ends);

// An HTB class of a container.
struct HtbLeaf {
  unsigned id = 0;
  unsigned traffic_class = 0;
  unsigned rate_kbits = 0;     // guaranteed
  unsigned ceiling_kbits = 0;  // never more
};

// What there is above the leaves of an uplink.
struct HtbDevice {
  std::string name;
  std::optional<unsigned> link_kbits;  // BANDWIDTH
  std::vector<RateRule> total_rates;   // TOTALRATE, of this device
};

// For tc -batch: the classes above, which may be there already, and the leaves.
std::string htb_script(const HtbDevice& device, const std::vector<HtbLeaf>& leaves);

}  // namespace vz
