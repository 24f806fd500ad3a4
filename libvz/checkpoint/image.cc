#include "libvz/checkpoint/image.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"

namespace vz {

namespace {

constexpr size_t kMagic = 2 * sizeof(std::uint32_t);

// An empty text for no image.
Result<std::string> content_of(const std::string& path) {
  auto content = read_file(path);
  if (!content && content.error().errno_value() == ENOENT) return std::string();
  return content;
}

Result<void> for_each_message(const std::string& path, std::string_view content,
                              const std::function<bool(std::string_view)>& take) {
  content.remove_prefix(std::min(content.size(), kMagic));
  while (!content.empty()) {
    std::uint32_t size = 0;
    if (content.size() < sizeof size) return fail(ExitCode::checkpoint, "Unreadable image " + path);
    std::memcpy(&size, content.data(), sizeof size);
    content.remove_prefix(sizeof size);
    if (size > content.size() || !take(content.substr(0, size)))
      return fail(ExitCode::checkpoint, "Unreadable image " + path);
    content.remove_prefix(size);
  }
  return {};
}

}  // namespace

Result<void> read_image(const std::string& path, const std::function<bool(std::string_view)>& take) {
  VZ_ASSIGN(const std::string content, content_of(path));
  return for_each_message(path, content, take);
}

Result<void> change_image(const std::string& path, const std::function<bool(std::string&)>& change) {
  VZ_ASSIGN(const std::string content, content_of(path));
  std::string changed = content.substr(0, kMagic);
  bool any = false;
  VZ_TRY(for_each_message(path, content, [&](std::string_view bytes) {
    std::string message(bytes);
    any = change(message) || any;
    const auto size = static_cast<std::uint32_t>(message.size());
    changed.append(reinterpret_cast<const char*>(&size), sizeof size);
    changed += message;
    return true;
  }));
  if (!any) return {};
  VZ_ASSIGN(const Fd fd, open_file(path, O_WRONLY | O_TRUNC));
  return write_all(fd.get(), changed);
}

}  // namespace vz
