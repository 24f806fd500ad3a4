#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace vz {

// What took how long in a migration, and how long the container stood still.
class Timeline {
 public:
  using Clock = std::chrono::steady_clock;

  // A phase from here until the next or end().
  void begin(std::string phase);
  void end();
  // Beside the current phase: told by somebody else, or done at the same time.
  void add(std::string phase, std::chrono::duration<double> took, bool frozen);
  void frozen();
  void thawed();

  // One line a phase ("%26s: %7.3f", seconds; those in the freeze marked with *), a rule, and the frozen
  // time.
  std::string report() const;
  std::chrono::duration<double> frozen_time() const { return frozen_time_; }

 private:
  struct Phase {
    std::string name;
    std::chrono::duration<double> took;
    bool frozen = false;
  };
  std::vector<Phase> phases_;
  std::string current_;
  Clock::time_point began_;
  Clock::time_point froze_;
  bool is_frozen_ = false;
  std::chrono::duration<double> frozen_time_{0};
};

}  // namespace vz
