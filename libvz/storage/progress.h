#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace vz {

// Told from time to time how many of how many bytes are done; total 0: not known.
using ProgressFn = std::function<void(std::uint64_t done, std::uint64_t total)>;

// One line on a terminal that is rewritten at most five times a second: what, how much, how fast, how long
// still. Silent when the descriptor is no terminal. The line is removed when this goes.
class Progress {
 public:
  explicit Progress(std::string what, int fd = 2);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // done == total removes the line.
  void update(std::uint64_t done, std::uint64_t total);

 private:
  void clear();

  using Clock = std::chrono::steady_clock;
  std::string what_;
  int fd_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

// "debian-12: 45% of 85 MB, 92 MB/s, 3 s left"; without total: "debian-12: 38 MB, 92 MB/s".
std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total,
                          std::chrono::duration<double> elapsed);

}  // namespace vz
