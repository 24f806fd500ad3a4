#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// What a container has sent and received since it was started or restored here.
struct TrafficCount {
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_packets = 0;
  bool operator==(const TrafficCount&) const = default;
};

// By container and class of traffic.
using TrafficCounts = std::map<std::pair<Ctid, unsigned>, TrafficCount>;

// The counters of traffic_script.h: what was forwarded from and to containers. None where nothing is counted.
// Exit code netdev.
Result<TrafficCounts> read_traffic_counts();
// The pure part: adds up what "nft list counters" says.
TrafficCounts parse_traffic_counts(std::string_view text);

// What the host end of an interface has counted, of all that passed it; nothing if it is not there.
std::optional<TrafficCount> interface_count(const std::string& host_ifname);

}  // namespace vz
