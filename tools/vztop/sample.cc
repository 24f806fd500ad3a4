#include "tools/vztop/sample.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/host/process_container.h"

namespace vz {

namespace {

std::uint64_t number(const std::string& word) {
  return parse_unsigned(word).value_or(0);
}

std::string printable(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
  }
  return out;
}

std::optional<TopProcess> look_at(pid_t pid, std::optional<Ctid> only) {
  const auto ctid = find_container_of(pid);
  if (!ctid || (only && ctid != only)) return std::nullopt;
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto stat_text = read_file(directory + "/stat");
  const auto statm = read_file(directory + "/statm");
  struct stat status {};
  if (!stat_text || !statm || stat(directory.c_str(), &status) < 0) return std::nullopt;
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  auto process = parse_process_stat(*stat_text, *statm, page);
  if (!process) return std::nullopt;
  process->ctid = *ctid;
  process->uid = status.st_uid;
  return process;
}

}  // namespace

std::optional<TopProcess> parse_process_stat(std::string_view stat, std::string_view statm,
                                             std::uint64_t page) {
  // The name may hold anything, also blanks and parentheses.
  const size_t open = stat.find('(');
  const size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto fields = split(stat.substr(close + 1), " \n");  // from field 3 on, see proc_pid_stat(5)
  constexpr size_t kStartField = 22 - 3;
  if (fields.size() <= kStartField) return std::nullopt;
  TopProcess process;
  process.pid = static_cast<pid_t>(number(std::string(trim(stat.substr(0, open)))));
  process.command = printable(stat.substr(open + 1, close - open - 1));
  process.state = fields[0][0];
  process.ticks = number(fields[14 - 3]) + number(fields[15 - 3]);
  process.priority = static_cast<long>(parse_int(fields[18 - 3]).value_or(0));
  process.nice = static_cast<long>(parse_int(fields[19 - 3]).value_or(0));
  process.start = number(fields[kStartField]);
  const auto sizes = split(statm, " \n");
  if (sizes.size() >= 3) {
    process.virtual_kb = number(sizes[0]) * page / 1024;
    process.resident_kb = number(sizes[1]) * page / 1024;
    process.shared_kb = number(sizes[2]) * page / 1024;
  }
  return process;
}

CpuTimes parse_cpu_times(std::string_view stat) {
  CpuTimes times;
  const auto words = split(stat.substr(0, stat.find('\n')), " ");
  if (words.size() < 9 || words.front() != "cpu") return times;
  times = {.user = number(words[1]),
           .system = number(words[3]),
           .nice = number(words[2]),
           .idle = number(words[4]),
           .wait = number(words[5]),
           .hard = number(words[6]),
           .soft = number(words[7]),
           .steal = number(words[8])};
  return times;
}

std::map<std::string, std::uint64_t> parse_host_memory(std::string_view meminfo) {
  std::map<std::string, std::uint64_t> values;
  for (const auto& line : split(meminfo, "\n")) {
    const auto words = split(line, ": ");
    if (words.size() >= 2) values[words[0]] = number(words[1]);
  }
  return values;
}

TopSample take_sample(std::optional<Ctid> only) {
  TopSample sample;
  sample.uptime = std::strtod(read_file("/proc/uptime").value_or("0").c_str(), nullptr);
  auto load = split(read_file("/proc/loadavg").value_or(""), " ");
  load.resize(std::min<size_t>(load.size(), 3));
  sample.load = join(load, ", ");
  sample.cpu = parse_cpu_times(read_file("/proc/stat").value_or(""));
  sample.memory = parse_host_memory(read_file("/proc/meminfo").value_or(""));
  for (const pid_t pid : all_pids()) {
    if (auto process = look_at(pid, only)) sample.processes.push_back(*std::move(process));
  }
  return sample;
}

}  // namespace vz
