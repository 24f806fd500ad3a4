#include "libvz/host/kernel_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "libvz/core/text.h"

namespace vz {

KernelFiles::KernelFiles(const std::string& directory)
    : directory_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::string_view KernelFiles::text(const char* name) {
  const Fd file(openat(directory_.get(), name, O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  // The kernel hands out whole lines, a page of them at a time: after so little there is nothing more.
  constexpr ssize_t kNoMore = 1024;
  size_t size = 0;
  while (size < buffer_.size()) {
    const ssize_t got = ::read(file.get(), buffer_.data() + size, buffer_.size() - size);
    if (got > 0) size += static_cast<size_t>(got);
    if (got < kNoMore) break;
  }
  return {buffer_.data(), size};
}

std::optional<std::uint64_t> KernelFiles::number(const char* name) {
  return parse_unsigned(trim(text(name)));
}

std::optional<std::uint64_t> KernelFiles::number_in(const char* name, std::string_view key) {
  return number_after(text(name), key);
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.starts_with(key) && line.substr(key.size()).starts_with(' ')) {
      line = trim(line.substr(key.size()));
      return parse_unsigned(line.substr(0, line.find(' ')));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace vz
