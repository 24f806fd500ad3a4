#include "libvz/isolation/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <optional>

#include "libvz/core/log.h"

namespace vz {

namespace {

std::optional<std::string> cgroup_rule(const std::string& name, const std::string& access) {
  struct stat status;
  if (stat(("/dev/" + name).c_str(), &status) < 0) return std::nullopt;
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) return std::nullopt;
  return std::string(S_ISBLK(status.st_mode) ? "b " : "c ") + std::to_string(major(status.st_rdev)) + ":" +
         std::to_string(minor(status.st_rdev)) + " " + access;
}

}  // namespace

ContainerDevices container_devices(const std::vector<DeviceNode>& devnodes) {
  ContainerDevices devices;
  devices.cgroup_rules = {"c *:* m", "b *:* m", "c 136:* rwm", "c 5:2 rwm"};
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    if (auto rule = cgroup_rule(name, "rwm")) {
      devices.nodes.emplace_back(name);
      devices.cgroup_rules.push_back(*rule);
    }
  }
  for (const auto& node : devnodes) {
    std::string access;
    for (const char letter : node.perms) {
      if (letter == 'r' || letter == 'w') access += letter;
    }
    if (access.empty()) continue;
    if (auto rule = cgroup_rule(node.name, access + "m")) {
      devices.nodes.push_back(node.name);
      devices.cgroup_rules.push_back(*rule);
    } else {
      log_error("Warning: no device /dev/" + node.name + " on this host, skipped");
    }
  }
  return devices;
}

}  // namespace vz
