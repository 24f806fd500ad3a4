#include "libvz/network/traffic_counters.h"

#include <chrono>
#include <string>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/network/filter.h"

namespace vz {

namespace {

struct CounterName {
  bool sent = false;
  Ctid ctid = 0;
  unsigned traffic_class = 0;
};

// "sent_101_1", "received_101_1".
std::optional<CounterName> parse_name(const std::string& name) {
  const auto parts = split(name, "_");
  if (parts.size() != 3 || (parts[0] != "sent" && parts[0] != "received")) return std::nullopt;
  const auto ctid = parse_unsigned(parts[1]);
  const auto number = parse_unsigned(parts[2]);
  if (!ctid || !number) return std::nullopt;
  return CounterName{parts[0] == "sent", static_cast<Ctid>(*ctid), static_cast<unsigned>(*number)};
}

std::optional<std::uint64_t> statistic(const std::string& ifname, const char* name) {
  const auto text = read_file("/sys/class/net/" + ifname + "/statistics/" + name);
  return text ? parse_unsigned(trim(*text)) : std::nullopt;
}

}  // namespace

TrafficCounts parse_traffic_counts(std::string_view text) {
  TrafficCounts counts;
  std::optional<CounterName> current;
  for (const auto& line : split(text, "\n")) {
    const auto words = split(line, " \t");
    if (words.size() == 3 && words[0] == "counter") current = parse_name(words[1]);
    if (words.size() != 4 || words[0] != "packets" || words[2] != "bytes" || !current) continue;
    TrafficCount& count = counts[{current->ctid, current->traffic_class}];
    (current->sent ? count.sent_packets : count.received_packets) += parse_unsigned(words[1]).value_or(0);
    (current->sent ? count.sent_bytes : count.received_bytes) += parse_unsigned(words[3]).value_or(0);
    current.reset();
  }
  return counts;
}

Result<TrafficCounts> read_traffic_counts() {
  Command nft;
  nft.argv = {"nft", "list", "counters"};
  nft.timeout = std::chrono::seconds(30);
  VZ_ASSIGN(const std::string text, run_checked(nft, ExitCode::netdev));
  return parse_traffic_counts(text);
}

std::optional<TrafficCount> interface_count(const std::string& host_ifname) {
  if (!is_valid_interface_name(host_ifname)) return std::nullopt;
  // What the host end receives the container has sent.
  const auto sent_bytes = statistic(host_ifname, "rx_bytes");
  const auto sent_packets = statistic(host_ifname, "rx_packets");
  const auto received_bytes = statistic(host_ifname, "tx_bytes");
  const auto received_packets = statistic(host_ifname, "tx_packets");
  if (!sent_bytes || !sent_packets || !received_bytes || !received_packets) return std::nullopt;
  return TrafficCount{*received_bytes, *received_packets, *sent_bytes, *sent_packets};
}

}  // namespace vz
