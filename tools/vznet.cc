// vznetcfg and vznetaddbr: what is done to the host end of a container's veth interface.

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "libvz/config/config_file.h"
#include "libvz/config/container_id.h"
#include "libvz/config/global_config.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/network/names.h"
#include "libvz/network/netlink.h"
#include "libvz/network/sysctl.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr int kFailed = 1;
constexpr const char* kDefaultBridge = "vmbr0";

// "init veth DEV", as vzctl calls them. Empty: something else.
std::string device_of(const std::vector<std::string>& words) {
  const bool known =
      words.size() == 3 && words[0] == "init" && words[1] == "veth" && is_interface_name(words[2]);
  return known ? words[2] : "";
}

int refuse_action(const Tool& tool, const std::vector<std::string>& words) {
  return refuse(tool, "invalid action: " + join(words, " "), kFailed);
}

std::string external_script(const Paths& paths) {
  std::string script;
  for (const auto& at : parse_config_text(read_file(paths.config + "/vznet.conf").value_or("")).assignments) {
    if (at.key == "EXTERNAL_SCRIPT") script = at.value;
  }
  return script;
}

Result<int> run_external(const std::string& script, const std::vector<std::string>& words) {
  Command command;
  command.argv = {script};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment = {kPathVariable, "HOME=/", "TERM=linux"};
  for (const char* name : {"VEID", "VZ_PREFIX"}) {
    if (const char* value = getenv(name)) command.environment.push_back(std::string(name) + "=" + value);
  }
  command.capture = false;
  VZ_ASSIGN(const Finished finished, run(command));
  return finished.signal != 0 ? 128 + finished.signal : finished.exit_code;
}

Result<void> bring_up(const std::string& device) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const LinkInfo link, netlink.link(device));
  return netlink.set_up(link.index, true);
}

int run_vznetcfg(const Tool& tool, const std::vector<std::string>& words) {
  const std::string device = device_of(words);
  if (device.empty()) return refuse_action(tool, words);
  const std::string script = external_script(Paths(test_prefix()));
  if (!script.empty() && access(script.c_str(), X_OK) == 0) {
    const auto code = run_external(script, words);
    return code ? *code : refuse(tool, code.error().text(), kFailed);
  }
  const auto done = bring_up(device);
  return done ? 0 : refuse(tool, done.error().text(), kFailed);
}

// The bridge that an interface of the container belongs to.
Result<std::string> bridge_for(const GlobalConfig& global, const std::string& veid,
                               const std::string& device) {
  VZ_ASSIGN(const Ctid ctid, resolve_ctid(global.paths, veid));
  VZ_ASSIGN(const ContainerConfig config, load_container_config(global, ctid));
  for (const auto& written : config.merged.netif.value_or(std::vector<Veth>{})) {
    const Veth veth = complete_veth(ctid, written, Mac{});
    if (veth.host_ifname != device) continue;
    if (!veth.bridge.empty()) return veth.bridge;
    return global.default_bridge.empty() ? std::string(kDefaultBridge) : global.default_bridge;
  }
  return fail(ExitCode::veth, "CT" + veid + " has no interface " + device);
}

Result<void> add_to_bridge(const std::string& device, const std::string& bridge_name) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const LinkInfo bridge, netlink.link(bridge_name));
  if (bridge.kind != "bridge") return fail(ExitCode::veth, bridge_name + " is not a bridge");
  VZ_ASSIGN(const LinkInfo link, netlink.link(device));
  VZ_TRY(prepare_bridge_port(device));
  if (link.master != bridge.index) VZ_TRY(netlink.set_master(link.index, bridge.index));
  return netlink.set_up(link.index, true);
}

int run_vznetaddbr(const Tool& tool, const std::vector<std::string>& words) {
  const std::string device = device_of(words);
  if (device.empty()) return refuse_action(tool, words);
  const char* veid = getenv("VEID");
  if (veid == nullptr || *veid == '\0') return refuse(tool, "VEID is not set", kFailed);
  configure_log({.program = tool.name, .file = {}, .verbosity = -1});
  const auto global = load_global_config(test_prefix());
  if (!global) return refuse(tool, global.error().text(), kFailed);
  const auto bridge = bridge_for(*global, veid, device);
  if (!bridge) return refuse(tool, bridge.error().text(), kFailed);
  std::printf("Adding interface %s to bridge %s on CT0 for CT%s\n", device.c_str(), bridge->c_str(), veid);
  std::fflush(stdout);
  const auto done = add_to_bridge(device, *bridge);
  return done ? 0 : refuse(tool, done.error().text(), kFailed);
}

}  // namespace

Tool vznetcfg_tool() {
  return {.name = "vznetcfg",
          .synopsis = {"init veth DEVICE"},
          .about =
              "Sets up the host end of a container's veth interface: by the EXTERNAL_SCRIPT of\n"
              "/etc/vz/vznet.conf, which gets the same words, else by bringing it up. VEID in\n"
              "the environment is the container.\n"
              "Exit codes: 0 done, 1 invalid action or failure; else the script's.\n",
          .options = {},
          .run = run_vznetcfg};
}

Tool vznetaddbr_tool() {
  return {.name = "vznetaddbr",
          .synopsis = {"init veth DEVICE"},
          .about =
              "Adds the host end of a container's veth interface to the bridge that the\n"
              "container's configuration names, else to DEFAULT_BRIDGE of vz.conf, else to\n"
              "vmbr0. VEID in the environment is the container.\n"
              "Exit codes: 0 done, 1 invalid action or failure.\n",
          .options = {},
          .run = run_vznetaddbr};
}

}  // namespace vz
