#include "libvz/storage/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace vz {

namespace {

std::string size_text(double bytes) {
  if (bytes >= 10e9) return std::to_string(std::uint64_t(bytes / 1e9)) + " GB";
  if (bytes >= 1e6) return std::to_string(std::uint64_t(bytes / 1e6)) + " MB";
  return std::to_string(std::uint64_t(bytes / 1e3)) + " KB";
}

std::string time_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

}  // namespace

std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total,
                          std::chrono::duration<double> elapsed) {
  const auto finished = static_cast<double>(done);
  const auto whole = static_cast<double>(total);
  std::string line = what + ": ";
  if (total == 0) {
    line += size_text(finished);
  } else {
    line += std::to_string(std::min<std::uint64_t>(std::uint64_t(100 * finished / whole), 100)) + "% of " +
            size_text(whole);
  }
  if (elapsed.count() < 0.5 || done == 0) return line;
  const double rate = finished / elapsed.count();
  line += ", " + size_text(rate) + "/s";
  if (total > done) line += ", " + time_text((whole - finished) / rate) + " left";
  return line;
}

Progress::Progress(std::string what, int fd)
    : what_(std::move(what)), fd_(fd), terminal_(isatty(fd) == 1), start_(Clock::now()), last_(start_) {}

Progress::~Progress() {
  clear();
}

void Progress::clear() {
  if (shown_) (void)!write(fd_, "\r\033[K", 4);
  shown_ = false;
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (!terminal_) return;
  if (total > 0 && done >= total) {
    clear();
    return;
  }
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(200)) return;
  last_ = now;
  shown_ = true;
  const std::string line = "\r\033[K" + progress_line(what_, done, total, now - start_);
  (void)!write(fd_, line.data(), line.size());
}

}  // namespace vz
