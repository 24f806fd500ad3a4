#pragma once

#include <termios.h>

namespace vz {

// The terminal on standard input in raw mode for as long as this lives; nothing if that is no terminal.
class RawTerminal {
 public:
  RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

 private:
  termios saved_{};
  bool active_;
};

}  // namespace vz
