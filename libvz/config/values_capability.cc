// The names of capabilities (linux/capability.h, by number) and the value CAPABILITY.

#include <algorithm>
#include <array>
#include <cctype>

#include "libvz/config/values.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::array<std::string_view, 41> kNames = {"chown",
                                                     "dac_override",
                                                     "dac_read_search",
                                                     "fowner",
                                                     "fsetid",
                                                     "kill",
                                                     "setgid",
                                                     "setuid",
                                                     "setpcap",
                                                     "linux_immutable",
                                                     "net_bind_service",
                                                     "net_broadcast",
                                                     "net_admin",
                                                     "net_raw",
                                                     "ipc_lock",
                                                     "ipc_owner",
                                                     "sys_module",
                                                     "sys_rawio",
                                                     "sys_chroot",
                                                     "sys_ptrace",
                                                     "sys_pacct",
                                                     "sys_admin",
                                                     "sys_boot",
                                                     "sys_nice",
                                                     "sys_resource",
                                                     "sys_time",
                                                     "sys_tty_config",
                                                     "mknod",
                                                     "lease",
                                                     "audit_write",
                                                     "audit_control",
                                                     "setfcap",
                                                     "mac_override",
                                                     "mac_admin",
                                                     "syslog",
                                                     "wake_alarm",
                                                     "block_suspend",
                                                     "audit_read",
                                                     "perfmon",
                                                     "bpf",
                                                     "checkpoint_restore"};

// A capability of OpenVZ kernels that mainline does not have: read from old configurations, without effect.
constexpr std::string_view kWithoutEffect = "ve_admin";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string_view capability_name(unsigned number) {
  return number < kNames.size() ? kNames[number] : std::string_view();
}

Result<CapabilityChanges> parse_capabilities(std::string_view text, ParseContext& context) {
  CapabilityChanges changes;
  for (const auto& token : split(text, " \t,")) {
    const size_t colon = token.find(':');
    const auto on = colon == std::string::npos ? fail(ExitCode::invalid_value, "no colon")
                                               : parse_on_off(std::string_view(token).substr(colon + 1));
    if (!on) {
      context.notes.push_back("Can't parse capability " + token + " (expecting capname:on|off)");
      return fail(ExitCode::invalid_value, context.notes.back());
    }
    const std::string name = lower(token.substr(0, colon));
    if (name == kWithoutEffect) continue;
    const auto known = std::ranges::find(kNames, name);
    if (known == kNames.end()) {
      context.notes.push_back("Capability " + name + " is unknown");
      return fail(ExitCode::invalid_value, context.notes.back());
    }
    changes[static_cast<unsigned>(known - kNames.begin())] = *on;
  }
  return changes;
}

std::string capabilities_text(const CapabilityChanges& value) {
  std::string out;
  for (const auto& [number, on] : value) {
    std::string name(capability_name(number));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (!out.empty()) out += ' ';
    out += name + (on ? ":on" : ":off");
  }
  return out;
}

}  // namespace vz
