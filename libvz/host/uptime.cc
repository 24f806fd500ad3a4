#include "libvz/host/uptime.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// "boottime  -1234  567000000": what the container's clock is ahead of the host's; nothing without a time
// namespace.
std::optional<double> boot_clock_offset(pid_t init) {
  const auto text = read_file("/proc/" + std::to_string(init) + "/timens_offsets");
  if (!text) return std::nullopt;
  for (const auto& line : split(*text, "\n")) {
    const auto words = split(line, " ");
    if (words.size() != 3 || words[0] != "boottime") continue;
    const auto seconds = parse_int(words[1]);
    const auto nanoseconds = parse_int(words[2]);
    if (!seconds || !nanoseconds || (*seconds == 0 && *nanoseconds == 0)) return std::nullopt;
    return static_cast<double>(*seconds) + static_cast<double>(*nanoseconds) / 1e9;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> container_uptime(const RunState& state) {
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) < 0) return std::nullopt;
  const double host = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  const auto offset = boot_clock_offset(state.init_pid);
  if (process_start_time(state.init_pid) != state.init_start) return std::nullopt;
  const double started = static_cast<double>(state.init_start) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::max(0.0, offset ? host + *offset : host - started);
}

}  // namespace vz
