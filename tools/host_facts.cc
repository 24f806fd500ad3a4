#include "tools/host_facts.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "tools/tool.h"

namespace vz {

namespace {

Result<std::string> read_host_file(const std::string& path) {
  auto text = read_file(host_file(path));
  if (!text) return fail_errno(ExitCode::system, "Cannot open " + path, text.error().errno_value());
  return text;
}

// "MemTotal:   1024 kB", in bytes.
std::optional<std::uint64_t> kilobytes(const std::string& line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  const auto words = split(std::string_view(line).substr(name.size()), " \t");
  if (words.empty()) return std::nullopt;
  const auto number = parse_unsigned(words.front());
  if (!number) return std::nullopt;
  return *number << 10;
}

}  // namespace

Result<HostMemory> host_memory() {
  VZ_ASSIGN(const std::string text, read_host_file("/proc/meminfo"));
  HostMemory memory;
  for (const auto& line : split(text, "\n")) {
    if (const auto bytes = kilobytes(line, "MemTotal:")) memory.ram = *bytes;
    if (const auto bytes = kilobytes(line, "SwapTotal:")) memory.swap = *bytes;
    if (const auto bytes = kilobytes(line, "LowTotal:")) memory.low = *bytes;
  }
  if (memory.ram == 0) return fail(ExitCode::system, "/proc/meminfo does not tell how much memory there is");
  if (memory.low == 0) memory.low = memory.ram;
  return memory;
}

Result<std::uint64_t> host_threads_max() {
  VZ_ASSIGN(const std::string text, read_host_file("/proc/sys/kernel/threads-max"));
  const auto number = parse_unsigned(trim(text));
  if (!number || *number == 0) return fail(ExitCode::system, "/proc/sys/kernel/threads-max has no number");
  return *number;
}

Result<std::uint64_t> host_cpu_power() {
  VZ_ASSIGN(const std::string text, read_host_file("/proc/cpuinfo"));
  double sum = 0;
  for (std::string line : split(text, "\n")) {
    std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
    const size_t colon = line.find(':');
    if (colon == std::string::npos || trim(std::string_view(line).substr(0, colon)) != "bogomips") continue;
    sum += std::max(0.0, std::strtod(line.c_str() + colon + 1, nullptr));
  }
  if (sum <= 0) return fail(ExitCode::system, "/proc/cpuinfo does not tell how fast the CPUs are (bogomips)");
  return static_cast<std::uint64_t>(sum * 25);
}

}  // namespace vz
