#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vz {

// What a container may do with devices of one kind: a line of the devices controller (cgroup v1), or a
// comparison of the device program (device_program.h).
struct DevicePermission {
  char type = 'c';                // b or c
  std::optional<unsigned> major;  // none: all
  std::optional<unsigned> minor;  // none: all
  bool read = false;
  bool write = false;
  bool mknod = false;

  // Every device that the other speaks of is meant.
  bool covers(const DevicePermission& other) const;
  bool same_devices(const DevicePermission& other) const;
  bool operator==(const DevicePermission&) const = default;
};

// "c 1:3 rwm", "b *:* m". Source: the kernel's Documentation/admin-guide/cgroup-v1/devices.rst.
std::string device_permission_text(const DevicePermission& permission);
// The lines of devices.list; what is no such line, and "a *:* rwm", is left out.
std::vector<DevicePermission> parse_device_permissions(const std::string& text);

}  // namespace vz
