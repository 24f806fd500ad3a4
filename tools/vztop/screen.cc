#include "tools/vztop/screen.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace vz {

namespace {

volatile sig_atomic_t ended_ = 0;

void end(int) {
  ended_ = 1;
}

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = end;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

}  // namespace

Result<Screen> Screen::open() {
  termios old{};
  if (isatty(STDOUT_FILENO) != 1 || tcgetattr(STDIN_FILENO, &old) < 0)
    return fail(ExitCode::system, "not a terminal; use -b");
  watch_signals();
  termios raw = old;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0) return fail_errno(ExitCode::system, "set up the terminal");
  return Screen(old);
}

Screen::~Screen() {
  if (!old_) return;
  std::fputs("\033[0m\n", stdout);
  std::fflush(stdout);
  (void)tcsetattr(STDIN_FILENO, TCSANOW, &*old_);
}

void Screen::show(const std::vector<std::string>& lines) const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0) size = {24, 80, 0, 0};
  std::string text = "\033[H";
  const size_t rows = std::min<size_t>(lines.size(), size.ws_row);
  for (size_t row = 0; row < rows; ++row) {
    text += lines[row].substr(0, size.ws_col) + "\033[K";
    if (row + 1 < rows) text += "\n";
  }
  text += "\033[J";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

int Screen::key(std::chrono::milliseconds wait) const {
  if (ended_ != 0) return -1;
  pollfd entry{STDIN_FILENO, POLLIN, 0};
  const int ready = poll(&entry, 1, static_cast<int>(wait.count()));
  if (ended_ != 0) return -1;
  if (ready < 0) return errno == EINTR ? 0 : -1;
  if (ready == 0) return 0;
  char key = 0;
  return read(STDIN_FILENO, &key, 1) == 1 ? static_cast<unsigned char>(key) : -1;
}

}  // namespace vz
