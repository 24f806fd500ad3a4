#include "libvz/isolation/device_rule.h"

#include "libvz/core/text.h"

namespace vz {

namespace {

std::string number_text(const std::optional<unsigned>& number) {
  return number ? std::to_string(*number) : "*";
}

// False when it is neither a number nor "*".
bool read_number(const std::string& text, std::optional<unsigned>& number) {
  number.reset();
  if (text == "*") return true;
  const auto value = parse_unsigned(text);
  if (!value) return false;
  number = static_cast<unsigned>(*value);
  return true;
}

}  // namespace

bool DevicePermission::covers(const DevicePermission& other) const {
  return type == other.type && (!major || major == other.major) && (!minor || minor == other.minor);
}

bool DevicePermission::same_devices(const DevicePermission& other) const {
  return type == other.type && major == other.major && minor == other.minor;
}

std::string device_permission_text(const DevicePermission& permission) {
  std::string text = {permission.type, ' '};
  text += number_text(permission.major) + ":" + number_text(permission.minor) + " ";
  if (permission.read) text += 'r';
  if (permission.write) text += 'w';
  if (permission.mknod) text += 'm';
  return text;
}

std::vector<DevicePermission> parse_device_permissions(const std::string& text) {
  std::vector<DevicePermission> permissions;
  for (const auto& line : split(text, "\n")) {
    const auto words = split(line, " ");
    if (words.size() != 3 || (words[0] != "b" && words[0] != "c")) continue;
    const auto numbers = split(words[1], ":");
    DevicePermission permission{.type = words[0][0], .major = {}, .minor = {}};
    if (numbers.size() != 2 || !read_number(numbers[0], permission.major) ||
        !read_number(numbers[1], permission.minor))
      continue;
    permission.read = words[2].contains('r');
    permission.write = words[2].contains('w');
    permission.mknod = words[2].contains('m');
    permissions.push_back(permission);
  }
  return permissions;
}

}  // namespace vz
