#include <sys/socket.h>

#include <algorithm>

#include "libvz/config/global_config.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/host/run_state.h"
#include "libvz/network/announce.h"
#include "libvz/network/netlink.h"
#include "libvz/network/sysctl.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr int kFailed = 1;

// What containers that run now have been given.
Result<std::vector<IpAddress>> running_addresses(const GlobalConfig& global) {
  std::vector<IpAddress> all;
  VZ_ASSIGN(const auto ctids, ctids_with_run_state(global.paths));
  for (const Ctid ctid : ctids) {
    const auto state = load_run_state(global.paths, ctid);
    const auto config = load_container_config(global, ctid);
    if (!state || !*state || !config || !config->merged.ip) continue;
    for (const auto& ip : *config->merged.ip) {
      if (ip.family == AF_INET || global.ipv6) all.push_back(ip);
    }
  }
  return all;
}

// Is this one of the interfaces on which the address is to be answered for? As NEIGHBOUR_DEVS says.
Result<bool> answers_on(Netlink& netlink, const GlobalConfig& global, const std::string& device,
                        const IpAddress& ip) {
  std::vector<std::string> names = global.neighbour_devices;
  if (global.neighbours == GlobalConfig::Neighbours::all) {
    VZ_ASSIGN(names, all_uplinks(netlink));
  }
  if (global.neighbours == GlobalConfig::Neighbours::detect) {
    VZ_ASSIGN(const auto uplinks, find_uplinks(netlink, ip, {}));
    names.clear();
    for (const auto& uplink : uplinks) names.push_back(uplink.name);
  }
  return std::ranges::find(names, device) != names.end();
}

Result<void> answer_and_announce(const GlobalConfig& global, const std::string& device) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const auto link, netlink.find_link(device));
  if (!link) return {};
  VZ_ASSIGN(const auto ips, running_addresses(global));
  std::vector<IpAddress> announced;
  for (const auto& ip : ips) {
    VZ_ASSIGN(const bool ours, answers_on(netlink, global, device, ip));
    if (!ours) continue;
    VZ_TRY(prepare_uplink(device, ip.family));
    VZ_TRY(netlink.add_proxy(link->index, ip));
    announced.push_back(ip);
  }
  if (announced.empty()) return {};
  return announce_addresses(announced, {device});
}

int run(const Tool& tool, const std::vector<std::string>& words) {
  if (words.size() != 1) return refuse_usage(tool, "one network interface is needed");
  const std::string prefix = test_prefix();
  if (!exists(Paths(prefix).global_config())) return 0;
  configure_log({.program = tool.name, .file = {}, .verbosity = -1});
  const auto global = load_global_config(prefix);
  if (!global) return refuse(tool, global.error().text(), kFailed);
  const auto done = answer_and_announce(*global, words[0]);
  return done ? 0 : refuse(tool, done.error().text(), kFailed);
}

}  // namespace

Tool vzifup_post_tool() {
  return {.name = "vzifup-post",
          .synopsis = {"DEVICE"},
          .about =
              "Lets a network interface that has just come up answer for the addresses of the\n"
              "running containers, and announces them there. Called by the host's network\n"
              "scripts.\n"
              "Exit codes: 0 done, or nothing to do; 1 usage or failure.\n",
          .options = {},
          .run = run};
}

}  // namespace vz
