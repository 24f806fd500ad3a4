#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/host/run_state.h"
#include "libvz/network/names.h"
#include "libvz/network/traffic_counters.h"
#include "tools/tools.h"

namespace vz {

namespace {

struct Settings {
  std::string container;      // -v
  std::string traffic_class;  // -c
};

void print_row(Ctid ctid, const std::string& traffic_class, const TrafficCount& count) {
  std::printf("%-10u %-9s %20" PRIu64 " %14" PRIu64 " %20" PRIu64 " %14" PRIu64 "\n", ctid,
              traffic_class.c_str(), count.received_bytes, count.received_packets, count.sent_bytes,
              count.sent_packets);
}

std::vector<std::string> host_ends(const GlobalConfig& global, Ctid ctid) {
  std::vector<std::string> names = {venet_host_name(ctid)};
  const auto config = load_container_config(global, ctid);
  for (const auto& veth : config ? config->merged.netif.value_or(std::vector<Veth>{}) : std::vector<Veth>{})
    names.push_back(complete_veth(ctid, veth, Mac{}).host_ifname);
  return names;
}

// Of a container whose traffic is not counted by class.
std::optional<TrafficCount> whole_count(const GlobalConfig& global, Ctid ctid) {
  std::optional<TrafficCount> sum;
  for (const auto& name : host_ends(global, ctid)) {
    const auto one = interface_count(name);
    if (!one) continue;
    if (!sum) sum.emplace();
    sum->received_bytes += one->received_bytes;
    sum->received_packets += one->received_packets;
    sum->sent_bytes += one->sent_bytes;
    sum->sent_packets += one->sent_packets;
  }
  return sum;
}

Result<void> show(const Settings& settings) {
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  std::optional<std::uint64_t> only;
  if (!settings.container.empty()) {
    only = parse_unsigned(settings.container);
    if (!only) return fail(ExitCode::invalid_value, "not a CTID: " + settings.container);
  }
  VZ_ASSIGN(const TrafficCounts counts, read_traffic_counts());
  VZ_ASSIGN(const auto ctids, ctids_with_run_state(global.paths));
  std::printf("%-10s %-9s %20s %14s %20s %14s\n", "CTID", "Net.Class", "Input(bytes)", "Input(pkts)",
              "Output(bytes)", "Output(pkts)");
  for (const Ctid ctid : ctids) {
    if (only && *only != ctid) continue;
    bool counted = false;
    for (const auto& [key, count] : counts) {
      if (key.first != ctid) continue;
      counted = true;
      const std::string number = std::to_string(key.second);
      if (settings.traffic_class.empty() || settings.traffic_class == number) print_row(ctid, number, count);
    }
    if (counted || !settings.traffic_class.empty()) continue;
    if (const auto whole = whole_count(global, ctid)) print_row(ctid, "-", *whole);
  }
  return {};
}

}  // namespace

Tool vznetstat_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vznetstat",
          .synopsis = {"[-v CTID] [-c CLASS]"},
          .about =
              "Shows what running containers have received and sent, by class of traffic.\n"
              "Without TRAFFIC_SHAPING in vz.conf there are no classes (-), and traffic with the\n"
              "host and other containers counts as well.\n"
              "Exit codes: 0 done, 1 failed or usage.\n",
          .options = {text_option("", 'v', "CTID", "only this container", settings->container),
                      text_option("", 'c', "CLASS", "only this class", settings->traffic_class)},
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (!words.empty()) return refuse_usage(tool, "no arguments are taken");
            configure_log({.program = "vznetstat", .file = {}, .verbosity = -1});
            const auto done = show(*settings);
            return done ? 0 : refuse(tool, done.error().text(), 1);
          }};
}

}  // namespace vz
