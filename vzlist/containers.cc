#include "vzlist/containers.h"

#include <fnmatch.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "libvz/config/container_id.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// Source: vzctl 4.x, status.
bool is_mount_point(const std::string& root, const std::string& private_area) {
  struct stat status {};
  struct stat other {};
  if (root.empty() || stat(root.c_str(), &status) < 0) return false;
  if (stat((root + "/..").c_str(), &other) == 0 && other.st_dev != status.st_dev) return true;
  return stat(private_area.c_str(), &other) == 0 && other.st_dev == status.st_dev &&
         other.st_ino == status.st_ino;
}

ListedStatus status_of(const GlobalConfig& global, const Listed& listed) {
  if (listed.running()) return ListedStatus::running;
  if (is_mount_point(listed.config.root, listed.config.private_area)) return ListedStatus::mounted;
  return exists(global.paths.default_dump(listed.config.ctid)) ? ListedStatus::suspended
                                                               : ListedStatus::stopped;
}

// The number in a cgroup file, divided; nothing if there is none ("max") or no such file.
std::optional<std::uint64_t> read_count(const std::string& path, std::uint64_t unit = 1) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto number = parse_unsigned(trim(*text));
  if (!number) return std::nullopt;
  return *number / unit;
}

// "max 3" in pids.events or memory.events.
std::optional<std::uint64_t> read_event(const std::string& path, std::string_view name) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto words = split(*text, " \n");
  for (size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == name) return parse_unsigned(words[i + 1]);
  }
  return std::nullopt;
}

void read_memory(const std::string& directory, bool v2, Listed& listed) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (v2) {
    listed.physpages = {read_count(directory + "memory.current", page),
                        read_count(directory + "memory.peak", page),
                        read_event(directory + "memory.events", "max")};
    listed.swappages = {read_count(directory + "memory.swap.current", page),
                        read_count(directory + "memory.swap.peak", page),
                        read_event(directory + "memory.swap.events", "max")};
    return;
  }
  listed.physpages = {read_count(directory + "memory.usage_in_bytes", page),
                      read_count(directory + "memory.max_usage_in_bytes", page),
                      read_count(directory + "memory.failcnt")};
  const auto both = read_count(directory + "memory.memsw.usage_in_bytes", page);
  if (both && listed.physpages.held) {
    listed.swappages.held = *both - std::min(*both, *listed.physpages.held);
    listed.swappages.failures = read_count(directory + "memory.memsw.failcnt");
  }
}

void read_usage(const CgroupLayout& layout, Listed& listed) {
  const std::string group = container_cgroup_path(listed.config.ctid) + "/";
  if (const auto* pids = layout.find("pids")) {
    const std::string directory = pids->mount_point + group;
    listed.numproc = {read_count(directory + "pids.current"), read_count(directory + "pids.peak"),
                      read_event(directory + "pids.events", "max")};
  }
  if (const auto* memory = layout.find("memory"))
    read_memory(memory->mount_point + group, memory->v2, listed);
}

std::optional<double> uptime_of(const RunState& state) {
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) < 0) return std::nullopt;
  const double started = static_cast<double>(state.init_start) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return std::max(0.0, static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - started);
}

bool matches(const std::string& pattern, const std::optional<std::string>& value) {
  return pattern.empty() || fnmatch(pattern.c_str(), value.value_or("").c_str(), 0) == 0;
}

bool wanted(const ListOptions& options, const Listed& listed) {
  const bool named = !options.containers.empty();
  // What is left of a container that is no longer there.
  if (!listed.running() && !exists(listed.config.private_area)) return false;
  if (!named && options.which == Which::running && !listed.running()) return false;
  if (options.which == Which::stopped && listed.running()) return false;
  const Parameters& merged = listed.config.merged;
  return matches(options.hostname, merged.hostname) && matches(options.name, listed.name) &&
         matches(options.description, merged.description);
}

Result<std::vector<Ctid>> candidates(const GlobalConfig& global, const ListOptions& options) {
  if (!options.containers.empty()) {
    std::vector<Ctid> ids;
    for (const auto& word : options.containers) {
      const auto ctid = resolve_ctid(global.paths, word);
      if (!ctid) return fail(ExitCode::set_ubc, "CT ID " + word + " is invalid.");
      ids.push_back(*ctid);
    }
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }
  if (options.which == Which::running) return ctids_with_run_state(global.paths);
  return list_container_ids(global.paths);
}

std::optional<Listed> load(const GlobalConfig& global, Ctid ctid, const CgroupLayout& layout) {
  Listed listed;
  auto state = load_run_state(global.paths, ctid);
  if (state) listed.run_state = *state;
  auto config = load_container_config(global, ctid);
  if (!config && !listed.running()) return std::nullopt;
  listed.config = config ? *std::move(config) : default_container_config(global, ctid);
  const std::string name = listed.config.own.name.value_or("");
  if (find_named(global.paths, name) == ctid) listed.name = name;
  listed.status = status_of(global, listed);
  if (listed.running()) {
    read_usage(layout, listed);
    listed.uptime = uptime_of(*listed.run_state);
  }
  return listed;
}

}  // namespace

Result<Listing> collect(const GlobalConfig& global, const ListOptions& options) {
  VZ_ASSIGN(const auto ids, candidates(global, options));
  const auto layout = probe_cgroup_layout();
  const CgroupLayout cgroups = layout.value_or(CgroupLayout());
  Listing listing;
  for (const Ctid ctid : ids) {
    auto listed = load(global, ctid, cgroups);
    if (!listed || (ctid == 0 && !exists(listed->config.private_area))) continue;
    if (options.containers.empty() && options.which == Which::running && !listed->running()) continue;
    listing.any_found = true;
    if (wanted(options, *listed)) listing.containers.push_back(*std::move(listed));
  }
  return listing;
}

}  // namespace vz
