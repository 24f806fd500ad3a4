#include "libvz/isolation/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// With the permissions that hosts usually give them, whatever this one does: a checkpoint is restored only
// where they are the same.
struct FeatureDevice {
  Feature feature;
  const char* node;
  mode_t permissions;
};

constexpr FeatureDevice kFeatureDevices[] = {
    {Feature::fuse, "fuse", 0666}, {Feature::tun, "net/tun", 0666}, {Feature::ppp, "ppp", 0600}};

std::optional<HostDevice> host_device(const std::string& name) {
  struct stat status {};
  if (stat(("/dev/" + name).c_str(), &status) < 0) return std::nullopt;
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) return std::nullopt;
  return HostDevice{name, status.st_mode, status.st_rdev, status.st_uid, status.st_gid};
}

DevicePermission permission_of(const HostDevice& device, const std::string& perms) {
  return {.type = S_ISBLK(device.mode) ? 'b' : 'c',
          .major = major(device.number),
          .minor = minor(device.number),
          .read = perms.contains('r'),
          .write = perms.contains('w'),
          .mknod = true};
}

DevicePermission permission_of(const DeviceRule& rule) {
  return {.type = rule.type,
          .major = rule.major,
          .minor = rule.minor,
          .read = rule.perms.contains('r'),
          .write = rule.perms.contains('w'),
          .mknod = true};
}

// A later one takes the place of those before it whose devices it covers.
void set_permission(std::vector<DevicePermission>& permissions, const DevicePermission& permission) {
  std::erase_if(permissions,
                [&](const DevicePermission& other) { return other.major && permission.covers(other); });
  if (permission.read || permission.write) permissions.push_back(permission);
}

void set_node(ContainerDevices& devices, const HostDevice& device, const std::string& perms) {
  const DevicePermission permission = permission_of(device, perms);
  std::erase_if(devices.nodes, [&](const HostDevice& other) { return other.name == device.name; });
  if (permission.read || permission.write) devices.nodes.push_back(device);
  set_permission(devices.permissions, permission);
}

void warn_of_missing_node(const std::string& name, const std::string& parameter) {
  log_error("Warning: " + parameter + ": no device /dev/" + name + " on this host, skipped");
}

}  // namespace

std::vector<std::string> ContainerDevices::names() const {
  std::vector<std::string> found;
  for (const auto& node : nodes) found.push_back(node.name);
  return found;
}

ContainerDevices container_devices(const Parameters& parameters) {
  ContainerDevices devices;
  devices.permissions = {{.type = 'c', .major = {}, .minor = {}, .mknod = true},
                         {.type = 'b', .major = {}, .minor = {}, .mknod = true},
                         {.type = 'c', .major = 136, .minor = {}, .read = true, .write = true, .mknod = true},
                         {.type = 'c', .major = 5, .minor = 2, .read = true, .write = true, .mknod = true}};
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    if (const auto device = host_device(name)) set_node(devices, *device, "rw");
  }
  const auto features = parameters.features.value_or(FeatureChanges{});
  for (const auto& [feature, name, permissions] : kFeatureDevices) {
    const auto found = features.find(feature);
    if (found == features.end() || !found->second) continue;
    if (auto device = host_device(name)) {
      device->mode = (device->mode & S_IFMT) | permissions;
      set_node(devices, *device, "rw");
    } else {
      warn_of_missing_node(name, "FEATURES " + std::string(feature_name(feature)));
    }
  }
  for (const auto& node : parameters.devnodes.value_or(std::vector<DeviceNode>{})) {
    if (const auto device = host_device(node.name)) {
      set_node(devices, *device, node.perms);
    } else if (!node.perms.empty()) {
      warn_of_missing_node(node.name, "DEVNODES");
    }
  }
  for (const auto& rule : parameters.devices.value_or(std::vector<DeviceRule>{}))
    set_permission(devices.permissions, permission_of(rule));
  return devices;
}

void warn_of_devices_without_node(const Parameters& parameters, bool own_user_namespace) {
  if (!own_user_namespace || !parameters.devices) return;
  const ContainerDevices devices = container_devices(parameters);
  std::vector<std::string> without;
  for (const auto& rule : *parameters.devices) {
    const DevicePermission permission = permission_of(rule);
    const bool has_node = std::ranges::any_of(
        devices.nodes, [&](const HostDevice& node) { return permission.covers(permission_of(node, "")); });
    if (!has_node && (permission.read || permission.write))
      without.push_back(device_rules_text({rule}).substr(0, device_rules_text({rule}).find(' ')));
  }
  if (without.empty()) return;
  log_error("Warning: DEVICES " + join(without, " ") +
            " may be opened, but the container has no node for it and its user namespace (LOCAL_UID) lets it "
            "make none: name the node with --devnodes");
}

}  // namespace vz
