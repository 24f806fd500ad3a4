#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libvz/core/fd.h"

namespace vz {

// The small text files of one directory of the kernel's: a control group, a process. It stays the same
// directory even if another takes its name. What is not there or cannot be read is nothing.
class KernelFiles {
 public:
  explicit KernelFiles(const std::string& directory);

  explicit operator bool() const { return static_cast<bool>(directory_); }

  // At most 16 KiB; valid until the next call.
  std::string_view text(const char* name);
  // The one number that a file holds; nothing for "max", too.
  std::optional<std::uint64_t> number(const char* name);
  // The number that follows "KEY " on a line of a file.
  std::optional<std::uint64_t> number_in(const char* name, std::string_view key);

 private:
  Fd directory_;
  std::array<char, 16384> buffer_;
};

// As KernelFiles::number_in, of a text.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key);

}  // namespace vz
