#pragma once

#include <termios.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// The terminal of standard input and output, in a state in which each key comes at once and unseen. It is put
// back when this goes, also after Ctrl-C.
class Screen {
 public:
  // Not a terminal: an error.
  static Result<Screen> open();
  Screen(Screen&& other) noexcept : old_(std::exchange(other.old_, std::nullopt)) {}
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // From the top left corner, as much as fits.
  void show(const std::vector<std::string>& lines) const;
  // The key that is pressed within this time; 0 if none is, -1 when there will be none any more.
  int key(std::chrono::milliseconds wait) const;

 private:
  explicit Screen(const termios& old) : old_(old) {}
  std::optional<termios> old_;
};

}  // namespace vz
