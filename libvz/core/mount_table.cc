#include "libvz/core/mount_table.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// Blanks, tabs, line breaks and backslashes are written as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      if (const auto code = parse_unsigned(text.substr(i + 1, 3), 8); code && *code < 256) {
        out += static_cast<char>(*code);
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace

std::vector<MountEntry> parse_mount_table(std::string_view mountinfo) {
  constexpr std::ptrdiff_t kFieldsBeforeOptional = 6;
  std::vector<MountEntry> entries;
  for (const auto& line : split(mountinfo, "\n")) {
    const auto fields = split(line, " ");
    if (fields.size() < kFieldsBeforeOptional) continue;
    const auto dash = std::find(fields.begin() + kFieldsBeforeOptional, fields.end(), "-");
    // After the dash: type, source (which may be empty, and then is no field here), options.
    if (fields.end() - dash < 3) continue;
    entries.push_back(
        {fields[2], unescape(fields[3]), unescape(fields[4]), unescape(dash[1]), split(fields.back(), ",")});
  }
  return entries;
}

Result<std::vector<MountEntry>> mount_table() {
  VZ_ASSIGN(const std::string text, read_file("/proc/self/mountinfo"));
  return parse_mount_table(text);
}

Result<bool> is_mounted(const std::string& root, const std::string& private_area) {
  struct statx status {};
  if (statx(AT_FDCWD, root.c_str(), 0, STATX_INO, &status) < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return fail_errno(ExitCode::system, "stat(" + root + ")");
  }
  if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) return true;
  struct statx area {};
  return statx(AT_FDCWD, private_area.c_str(), 0, STATX_INO, &area) == 0 && area.stx_ino == status.stx_ino &&
         area.stx_dev_major == status.stx_dev_major && area.stx_dev_minor == status.stx_dev_minor;
}

}  // namespace vz
