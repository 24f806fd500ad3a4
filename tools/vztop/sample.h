#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/paths.h"

namespace vz {

// All processes and what the host is doing, at one moment, as /proc tells it.

struct TopProcess {
  pid_t pid = 0;
  Ctid ctid = 0;
  uid_t uid = 0;
  char state = '?';
  long priority = 0;
  long nice = 0;
  std::uint64_t ticks = 0;  // of CPU time so far
  std::uint64_t start = 0;  // ticks since boot
  std::uint64_t virtual_kb = 0;
  std::uint64_t resident_kb = 0;
  std::uint64_t shared_kb = 0;
  std::string command;
};

struct CpuTimes {  // ticks, all CPUs together
  std::uint64_t user = 0, system = 0, nice = 0, idle = 0, wait = 0, hard = 0, soft = 0, steal = 0;
  std::uint64_t sum() const { return user + system + nice + idle + wait + hard + soft + steal; }
};

struct TopSample {
  double uptime = 0;  // seconds since boot
  std::string load;   // "0.00, 0.01, 0.05"
  CpuTimes cpu;
  std::map<std::string, std::uint64_t> memory;  // KB, by the names of /proc/meminfo
  std::vector<TopProcess> processes;
};

// Only processes of this container, if one is given. One that ends meanwhile is left out.
TopSample take_sample(std::optional<Ctid> only);

// The pure parts; nothing for a text that is none.
std::optional<TopProcess> parse_process_stat(std::string_view stat, std::string_view statm,
                                             std::uint64_t page);
CpuTimes parse_cpu_times(std::string_view stat);
std::map<std::string, std::uint64_t> parse_host_memory(std::string_view meminfo);

}  // namespace vz
