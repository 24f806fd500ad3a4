#pragma once

#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/vztop/sample.h"

namespace vz {

enum class TopOrder { cpu, memory, pid, time, ctid };

// "%CPU", "%MEM", "PID", "TIME+", "CTID"; nothing for another word.
std::optional<TopOrder> top_order(const std::string& column);

// What vztop shows.
struct TopView {
  TopOrder order = TopOrder::cpu;
  long ticks_per_second = 100;
  std::function<std::string(uid_t)> user_name;
};

// The lines of one screen: what the host does, an empty line, titles, one line a process. previous: the
// sample before this one; without it CPU shares are those since each process started. now: local time.
std::vector<std::string> top_lines(const TopView& view, const TopSample& sample, const TopSample* previous,
                                   const std::tm& now);

}  // namespace vz
