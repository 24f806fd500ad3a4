#include "libvz/host/process_counts.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// Calls visit(name, type) for each entry but . and .. ; false if there is no such directory.
template <class Visit>
bool for_each_entry(const std::string& path, Visit visit) {
  const Directory directory(opendir(path.c_str()));
  if (!directory) return false;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(directory.get(), entry->d_name, entry->d_type);
  }
  return true;
}

std::optional<std::vector<pid_t>> processes_of(const std::string& group, bool nested) {
  constexpr size_t kMostGroups = 4096;
  std::vector<pid_t> pids;
  std::vector<std::string> groups{group};
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups.size() > kMostGroups) return std::nullopt;
    const std::string here = groups[i];
    const auto text = read_file(here + "/cgroup.procs");
    if (!text && i == 0) return std::nullopt;
    for (const auto& word : split(text ? *text : std::string(), "\n")) {
      if (const auto pid = parse_int(word); pid && *pid > 0) pids.push_back(static_cast<pid_t>(*pid));
    }
    if (!nested) break;
    for_each_entry(here, [&](DIR*, const char* name, unsigned char type) {
      if (type == DT_DIR) groups.push_back(here + "/" + name);
    });
  }
  std::ranges::sort(pids);
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

// The links of /proc/PID/fd are read, not followed.
void count_files(const std::string& process, ProcessCounts& counts, std::set<std::string>& terminals) {
  constexpr std::string_view kTerminals = "/dev/pts/";
  for_each_entry(process + "/fd", [&](DIR* directory, const char* name, unsigned char) {
    ++counts.files;
    std::array<char, 64> target{};
    const ssize_t length = readlinkat(dirfd(directory), name, target.data(), target.size());
    if (length <= 0) return;
    const std::string_view path(target.data(), static_cast<size_t>(length));
    if (path.starts_with(kTerminals) && parse_unsigned(path.substr(kTerminals.size())))
      terminals.emplace(path);
  });
}

struct Signals {
  std::map<std::string, std::uint64_t> queued;  // by real user
};

// "VmData:	    1234 kB"
std::uint64_t number_of(const std::vector<std::string>& words) {
  return words.size() < 2 ? 0 : parse_unsigned(words[1]).value_or(0);
}

void count_status(const std::string& process, ProcessCounts& counts, Signals& signals) {
  const auto text = read_file(process + "/status");
  if (!text) return;
  ++counts.processes;
  std::uint64_t data_kb = 0;
  std::string user;
  for (const auto& line : split(*text, "\n")) {
    if (line.starts_with("Uid:")) {
      const auto words = split(line, " \t");
      if (words.size() > 1) user = words[1];
    } else if (line.starts_with("VmData:") || line.starts_with("VmStk:")) {
      data_kb += number_of(split(line, " \t"));
    } else if (line.starts_with("SigQ:")) {
      // "queued/limit", for the user as a whole
      const auto queued = number_of(split(line, " \t/"));
      auto& most = signals.queued[user];
      most = std::max(most, queued);
    }
  }
  counts.data_pages += data_kb * 1024 / static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

// "1: POSIX  ADVISORY  WRITE 1234 00:1f:12345 0 EOF"; one that waits has "->" after the number.
FileLocks read_file_locks() {
  FileLocks locks;
  const auto text = read_file("/proc/locks");
  for (const auto& line : split(text ? *text : std::string(), "\n")) {
    const auto words = split(line, " ");
    if (words.size() < 5 || (words[1] != "POSIX" && words[1] != "FLOCK")) continue;
    if (const auto pid = parse_int(words[4])) ++locks[static_cast<pid_t>(*pid)];
  }
  return locks;
}

std::optional<ProcessCounts> count_processes(const std::string& group, bool nested, const FileLocks& locks) {
  const auto pids = processes_of(group, nested);
  if (!pids) return std::nullopt;
  ProcessCounts counts;
  std::set<std::string> terminals;
  Signals signals;
  for (const pid_t pid : *pids) {
    const std::string process = "/proc/" + std::to_string(pid);
    count_status(process, counts, signals);
    count_files(process, counts, terminals);
    if (const auto held = locks.find(pid); held != locks.end()) counts.locks += held->second;
  }
  counts.terminals = terminals.size();
  for (const auto& [user, queued] : signals.queued) counts.signals += queued;
  return counts;
}

}  // namespace vz
