#include "tools/vztop/view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace vz {

namespace {

template <class... Values>
std::string text(const char* format, Values... values) {
  std::array<char, 512> buffer{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

struct Row {
  const TopProcess* process = nullptr;
  double cpu = 0;     // percent of one CPU
  double memory = 0;  // percent of the host's
};

std::string host_line(const TopSample& sample, const std::tm& now) {
  const auto up = static_cast<unsigned long>(sample.uptime);
  std::string span = text("%lu:%02lu", up / 3600 % 24, up / 60 % 60);
  if (up >= 86400) span = text("%lu days, %s", up / 86400, span.c_str());
  return text("vztop - %02d:%02d:%02d up %s,  load average: %s", now.tm_hour, now.tm_min, now.tm_sec,
              span.c_str(), sample.load.c_str());
}

std::string tasks_line(const TopSample& sample) {
  unsigned running = 0, stopped = 0, zombies = 0;
  for (const auto& process : sample.processes) {
    running += process.state == 'R';
    stopped += process.state == 'T' || process.state == 't';
    zombies += process.state == 'Z';
  }
  const auto all = static_cast<unsigned>(sample.processes.size());
  return text("Tasks: %3u total, %3u running, %3u sleeping, %3u stopped, %3u zombie", all, running,
              all - running - stopped - zombies, stopped, zombies);
}

std::string cpu_line(const CpuTimes& now, const CpuTimes& before) {
  const auto all =
      static_cast<double>(std::max<std::uint64_t>(now.sum() - std::min(now.sum(), before.sum()), 1));
  const auto share = [&](std::uint64_t CpuTimes::*part) {
    return 100.0 * static_cast<double>(now.*part - std::min(now.*part, before.*part)) / all;
  };
  return text("%%Cpu(s): %4.1f us, %4.1f sy, %4.1f ni, %4.1f id, %4.1f wa, %4.1f hi, %4.1f si, %4.1f st",
              share(&CpuTimes::user), share(&CpuTimes::system), share(&CpuTimes::nice),
              share(&CpuTimes::idle), share(&CpuTimes::wait), share(&CpuTimes::hard), share(&CpuTimes::soft),
              share(&CpuTimes::steal));
}

std::uint64_t of(const TopSample& sample, const char* name) {
  const auto found = sample.memory.find(name);
  return found == sample.memory.end() ? 0 : found->second;
}

std::vector<std::string> memory_lines(const TopSample& sample) {
  const auto mib = [](std::uint64_t kb) { return static_cast<double>(kb) / 1024; };
  const std::uint64_t total = of(sample, "MemTotal");
  const std::uint64_t free = of(sample, "MemFree");
  const std::uint64_t cache = of(sample, "Buffers") + of(sample, "Cached") + of(sample, "SReclaimable");
  const std::uint64_t swap = of(sample, "SwapTotal");
  const std::uint64_t swap_free = of(sample, "SwapFree");
  return {text("MiB Mem : %8.1f total, %8.1f free, %8.1f used, %8.1f buff/cache", mib(total), mib(free),
               mib(total - std::min(total, free + cache)), mib(cache)),
          text("MiB Swap: %8.1f total, %8.1f free, %8.1f used. %8.1f avail Mem", mib(swap), mib(swap_free),
               mib(swap - std::min(swap, swap_free)), mib(of(sample, "MemAvailable")))};
}

// At most this many characters: KB, or a larger unit.
std::string size_text(std::uint64_t kb, int width) {
  std::string out = std::to_string(kb);
  constexpr std::string_view kUnits = "mgtp";
  double value = static_cast<double>(kb);
  for (const char unit : kUnits) {
    if (out.size() <= static_cast<size_t>(width)) break;
    value /= 1024;
    out = text("%.1f%c", value, unit);
  }
  return out;
}

std::string time_text(std::uint64_t ticks, long ticks_per_second) {
  const std::uint64_t hundredths = ticks * 100 / static_cast<std::uint64_t>(ticks_per_second);
  return text("%llu:%02llu.%02llu", static_cast<unsigned long long>(hundredths / 6000),
              static_cast<unsigned long long>(hundredths / 100 % 60),
              static_cast<unsigned long long>(hundredths % 100));
}

// Since the sample before if the process was there then, else since it started.
double cpu_share(const TopProcess& process, const TopView& view, const TopSample& sample,
                 const TopSample* previous) {
  const auto hertz = static_cast<double>(view.ticks_per_second);
  const auto start = static_cast<double>(process.start) / hertz;
  double seconds = sample.uptime - start;
  std::uint64_t ticks = process.ticks;
  if (previous != nullptr) {
    const auto before = std::ranges::lower_bound(previous->processes, process.pid, {}, &TopProcess::pid);
    if (before != previous->processes.end() && before->pid == process.pid && before->start == process.start) {
      seconds = sample.uptime - previous->uptime;
      ticks -= std::min(ticks, before->ticks);
    }
  }
  return seconds <= 0 ? 0 : 100.0 * static_cast<double>(ticks) / hertz / seconds;
}

bool before(const Row& a, const Row& b, TopOrder order) {
  const TopProcess& p = *a.process;
  const TopProcess& q = *b.process;
  switch (order) {
    case TopOrder::cpu:
      return a.cpu > b.cpu;
    case TopOrder::memory:
      return p.resident_kb > q.resident_kb;
    case TopOrder::time:
      return p.ticks > q.ticks;
    case TopOrder::ctid:
      return p.ctid < q.ctid;
    case TopOrder::pid:
      break;
  }
  return p.pid < q.pid;
}

std::string row_text(const Row& row, const TopView& view) {
  const TopProcess& process = *row.process;
  std::string user = view.user_name(process.uid);
  if (user.size() > 8) user = user.substr(0, 7) + "+";
  const std::string priority = process.priority < -99 ? "rt" : std::to_string(process.priority);
  return text("%10u %7d %-8s %3s %3ld %7s %6s %6s %c %5.1f %5.1f %9s %s", process.ctid, process.pid,
              user.c_str(), priority.c_str(), process.nice, size_text(process.virtual_kb, 7).c_str(),
              size_text(process.resident_kb, 6).c_str(), size_text(process.shared_kb, 6).c_str(),
              process.state, row.cpu, row.memory, time_text(process.ticks, view.ticks_per_second).c_str(),
              process.command.c_str());
}

}  // namespace

std::optional<TopOrder> top_order(const std::string& column) {
  constexpr std::array<std::pair<const char*, TopOrder>, 5> kColumns = {{{"%CPU", TopOrder::cpu},
                                                                         {"%MEM", TopOrder::memory},
                                                                         {"PID", TopOrder::pid},
                                                                         {"TIME+", TopOrder::time},
                                                                         {"CTID", TopOrder::ctid}}};
  for (const auto& [name, order] : kColumns) {
    if (column == name) return order;
  }
  return std::nullopt;
}

std::vector<std::string> top_lines(const TopView& view, const TopSample& sample, const TopSample* previous,
                                   const std::tm& now) {
  std::vector<std::string> lines = {host_line(sample, now), tasks_line(sample),
                                    cpu_line(sample.cpu, previous == nullptr ? CpuTimes() : previous->cpu)};
  for (auto& line : memory_lines(sample)) lines.push_back(std::move(line));
  lines.emplace_back();
  lines.emplace_back(
      "      CTID     PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND");
  const auto total = static_cast<double>(std::max<std::uint64_t>(of(sample, "MemTotal"), 1));
  std::vector<Row> rows;
  for (const auto& process : sample.processes) {
    rows.push_back({&process, cpu_share(process, view, sample, previous),
                    100.0 * static_cast<double>(process.resident_kb) / total});
  }
  std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) { return before(a, b, view.order); });
  for (const auto& row : rows) lines.push_back(row_text(row, view));
  return lines;
}

}  // namespace vz
