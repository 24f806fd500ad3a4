#include "vzlist/containers.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>
#include <utility>

#include "libvz/config/container_id.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/mount_table.h"
#include "libvz/host/cgroup_layout.h"
#include "libvz/host/disk_usage.h"
#include "libvz/host/enforced_limits.h"
#include "libvz/host/uptime.h"

namespace vz {

namespace {

using Value = std::optional<std::uint64_t>;

// The kernel has a barrier and a limit for everything; what nobody has set there is unlimited.
void set_running_limits(const EnforcedLimits& enforced, Beancounters& beancounters) {
  const auto prefer = [&beancounters](Beancounter which, Value limit) {
    if (limit) beancounters[which].limit = limit;
  };
  prefer(Beancounter::physpages, enforced.memory_pages);
  prefer(Beancounter::swappages, enforced.swap_pages);
  prefer(Beancounter::numproc, enforced.processes);
  for (size_t i = 0; i < kBeancounters; ++i) {
    auto& values = beancounters[static_cast<Beancounter>(i)];
    values.barrier = values.barrier.value_or(kUnlimited);
    values.limit = values.limit.value_or(kUnlimited);
  }
}

// CPULIMIT and CPUS become one limit of the kernel's, and CPUUNITS is rounded there; where the kernel holds
// what the configuration makes of it, the configuration tells more.
void set_running_cpu(const EnforcedLimits& enforced, Listed& listed) {
  const unsigned by_cpus = listed.parameters.cpus.value_or(0) * 100;
  const unsigned by_limit = listed.parameters.cpulimit.value_or(0);
  const unsigned configured =
      by_cpus == 0 || by_limit == 0 ? std::max(by_cpus, by_limit) : std::min(by_cpus, by_limit);
  if (enforced.cpu_percent)
    listed.cpulimit = *enforced.cpu_percent == configured ? by_limit : *enforced.cpu_percent;
  if (!enforced.cpu_units) return;
  constexpr long kRounding = 10;
  const long kept = *enforced.cpu_units;
  const long wanted = listed.cpuunits.value_or(0);
  if (std::abs(kept - wanted) >= kRounding) listed.cpuunits = *enforced.cpu_units;
}

bool matches(const std::string& pattern, const std::string& value) {
  return pattern.empty() || fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
}

// Which containers there are to look at.
struct Candidates {
  std::vector<Ctid> ids;     // by number, each once
  std::set<Ctid> started{};  // had a run state when vzlist began
};

// Reads containers, one after the other.
class Reader {
 public:
  Reader(const GlobalConfig& global, const Needs& needs, const CgroupLayout& layout,
         const std::set<Ctid>& started)
      : global_(global), needs_(needs), layout_(layout), reader_(layout), started_(started) {}

  // Nothing: there is no such container, or it was removed meanwhile.
  std::unique_ptr<Listed> load(Ctid ctid) {
    constexpr int kAttempts = 10;
    for (int attempt = 1;; ++attempt) {
      // One that has started since then is noticed below.
      const bool may_run = attempt > 1 || started_.contains(ctid);
      auto listed = load_once(ctid, may_run ? run_state_of(ctid) : std::nullopt);
      // A container that never rests is shown as it was last seen.
      if (!listed || attempt == kAttempts || still(*listed)) return listed;
    }
  }

 private:
  std::optional<RunState> run_state_of(Ctid ctid) const {
    const auto state = load_run_state(global_.paths, ctid);
    if (state) return *state;
    log_error(state.error().text());
    return std::nullopt;
  }

  // Whether what was read belongs to one state: what is read of a container while it starts or stops is read
  // again.
  bool still(const Listed& listed) const {
    if (!listed.running() && !needs_.status) return true;
    const auto now = run_state_of(listed.ctid);
    if (now.has_value() != listed.running()) return false;
    return !now ||
           (now->init_pid == listed.run_state->init_pid && now->init_start == listed.run_state->init_start);
  }

  std::unique_ptr<Listed> load_once(Ctid ctid, const std::optional<RunState>& state) {
    auto listed = std::make_unique<Listed>();
    listed->ctid = ctid;
    listed->run_state = state;
    auto config = load_container_config(global_, ctid);
    if (!config) {
      const bool missing = config.error().code() == ExitCode::no_container_config;
      if (missing && !listed->running()) return nullptr;
      if (!missing) log_error(config.error().text());
      config = default_container_config(global_, ctid);
    }
    if (needs_.name && find_named(global_.paths, config->own.name.value_or("")) == ctid)
      listed->name = *config->own.name;
    listed->parameters = std::move(config->merged);
    listed->root = std::move(config->root);
    listed->private_area = std::move(config->private_area);
    listed->cpulimit = listed->parameters.cpulimit;
    listed->cpuunits = listed->parameters.cpuunits;
    if (listed->running()) {
      read_running(*listed);
    } else {
      set_configured_limits(listed->parameters, listed->beancounters);
    }
    listed->status = status_of(*listed);
    read_private_area(*listed);
    return listed;
  }

  void read_running(Listed& listed) const {
    if (needs_.beancounters.any())
      listed.beancounters =
          reader_.read(listed.ctid, *listed.run_state, needs_.beancounters).value_or(Beancounters());
    set_configured_limits(listed.parameters, listed.beancounters);
    if (needs_.limits) {
      const EnforcedLimits enforced = read_enforced_limits(layout_, listed.ctid);
      set_running_limits(enforced, listed.beancounters);
      set_running_cpu(enforced, listed);
    }
    if (needs_.uptime) listed.uptime = container_uptime(*listed.run_state);
  }

  ListedStatus status_of(const Listed& listed) const {
    if (listed.running()) return ListedStatus::running;
    if (!needs_.status) return ListedStatus::stopped;
    if (!listed.root.empty() && is_mounted(listed.root, listed.private_area).value_or(false))
      return ListedStatus::mounted;
    return exists(global_.paths.default_dump(listed.ctid)) ? ListedStatus::suspended : ListedStatus::stopped;
  }

  void read_private_area(Listed& listed) {
    struct stat status {};
    listed.has_private_area = stat(listed.private_area.c_str(), &status) == 0;
    if (!needs_.disk || !listed.has_private_area) return;
    const DiskUsage usage = disk_reader_.read(listed.private_area, status.st_dev);
    listed.disk_kilobytes = usage.kilobytes;
    listed.disk_inodes = usage.inodes;
  }

  const GlobalConfig& global_;
  const Needs& needs_;
  const CgroupLayout& layout_;
  BeancounterReader reader_;
  DiskUsageReader disk_reader_;
  const std::set<Ctid>& started_;
};

Result<Candidates> candidates(const GlobalConfig& global, const ListOptions& options) {
  VZ_ASSIGN(auto ids, ctids_with_run_state(global.paths));
  Candidates found{.ids = {}, .started = {ids.begin(), ids.end()}};
  if (!options.containers.empty()) ids.clear();
  for (const auto& word : options.containers) {
    const auto ctid = resolve_ctid(global.paths, word);
    if (!ctid) return fail(ExitCode::set_ubc, "CT ID " + word + " is invalid.");
    ids.push_back(*ctid);
  }
  // Those that run come in even without a configuration file.
  if (options.containers.empty() && options.which != Which::running) {
    VZ_ASSIGN(const auto configured, list_container_ids(global.paths));
    ids.insert(ids.end(), configured.begin(), configured.end());
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  found.ids = std::move(ids);
  return found;
}

// What each of them is, at the same place. Nearly all of the time is the kernel's, in making its small files,
// so many containers are read by two threads.
std::vector<std::unique_ptr<Listed>> read_all(const GlobalConfig& global, const Needs& needs,
                                              const Candidates& candidates) {
  constexpr size_t kWorthAThread = 64;
  const CgroupLayout layout = probe_cgroup_layout().value_or(CgroupLayout());
  std::vector<std::unique_ptr<Listed>> all(candidates.ids.size());
  const auto read_every = [&](size_t first, size_t step) {
    Reader reader(global, needs, layout, candidates.started);
    for (size_t i = first; i < all.size(); i += step) all[i] = reader.load(candidates.ids[i]);
  };
  if (all.size() < kWorthAThread || std::thread::hardware_concurrency() < 2) {
    read_every(0, 1);
  } else {
    const std::jthread other(read_every, 1, 2);
    read_every(0, 2);
  }
  return all;
}

bool wanted(const ListOptions& options, const Listed& listed) {
  if (options.which == Which::stopped && listed.running()) return false;
  return matches(options.hostname, listed.parameters.hostname.value_or("")) &&
         matches(options.name, listed.name) &&
         matches(options.description, listed.parameters.description.value_or(""));
}

}  // namespace

Needs& Needs::operator|=(const Needs& other) {
  status |= other.status;
  name |= other.name;
  limits |= other.limits;
  uptime |= other.uptime;
  disk |= other.disk;
  beancounters |= other.beancounters;
  return *this;
}

Result<Listing> collect(const GlobalConfig& global, const ListOptions& options, const Needs& needs) {
  VZ_ASSIGN(const Candidates found, candidates(global, options));
  Listing listing;
  for (auto& listed : read_all(global, needs, found)) {
    if (!listed) continue;
    const bool hidden = !listed->running() && !listed->has_private_area;
    if (listed->ctid == 0 && hidden) continue;
    if (options.containers.empty() && options.which == Which::running && !listed->running()) continue;
    listing.any_found = true;
    if (!hidden && wanted(options, *listed)) listing.containers.push_back(std::move(listed));
  }
  return listing;
}

}  // namespace vz
