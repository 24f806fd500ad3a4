#include "libvz/core/terminal.h"

#include <unistd.h>

namespace vz {

RawTerminal::RawTerminal() : active_(isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &saved_) == 0) {
  if (!active_) return;
  termios raw = saved_;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

RawTerminal::~RawTerminal() {
  if (active_) tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_);
}

}  // namespace vz
