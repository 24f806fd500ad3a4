#include "libvz/isolation/process_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

struct Row {
  const char* parameter;
  __rlimit_resource resource;
  std::optional<std::uint64_t> ProcessLimits::*limit;
};

constexpr Row kRows[] = {
    {"PRIVVMPAGES", RLIMIT_DATA, &ProcessLimits::data_bytes},
    {"LOCKEDPAGES", RLIMIT_MEMLOCK, &ProcessLimits::locked_bytes},
    {"NUMFILE", RLIMIT_NOFILE, &ProcessLimits::open_files},
    {"NUMSIGINFO", RLIMIT_SIGPENDING, &ProcessLimits::pending_signals},
};

std::optional<std::uint64_t> bytes_of_pages(const std::optional<BarrierLimit>& limits) {
  if (!limits) return std::nullopt;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return limits->limit >= kUnlimited / page ? kUnlimited : limits->limit * page;
}

std::optional<std::uint64_t> count(const std::optional<BarrierLimit>& limits) {
  return limits ? std::optional(limits->limit) : std::nullopt;
}

std::unexpected<Error> cannot(const char* what, const Row& row, pid_t pid) {
  return fail_errno(ExitCode::set_ubc, std::string(what) + " the limit of " + row.parameter + " of process " +
                                           std::to_string(pid));
}

// False: it may not be raised that far.
Result<bool> limit_one(pid_t pid, const Row& row, std::uint64_t value) {
  rlimit old{};
  if (prlimit(pid, row.resource, nullptr, &old) < 0) {
    if (errno == ESRCH) return true;
    return cannot("Unable to read", row, pid);
  }
  rlim_t hard = value;
  if (value >= kUnlimited) {
    rlimit own{};
    getrlimit(row.resource, &own);
    hard = own.rlim_max;
  }
  // Who has lowered its soft limit itself keeps it.
  const rlim_t soft = old.rlim_cur == old.rlim_max ? hard : std::min(old.rlim_cur, hard);
  const rlimit wanted{soft, hard};
  if (prlimit(pid, row.resource, &wanted, nullptr) == 0 || errno == ESRCH) return true;
  if (errno != EPERM || hard <= old.rlim_max) return cannot("Unable to set", row, pid);
  const rlimit highest{std::min(soft, old.rlim_max), old.rlim_max};
  if (prlimit(pid, row.resource, &highest, nullptr) < 0 && errno != ESRCH)
    return cannot("Unable to set", row, pid);
  return value >= kUnlimited;
}

}  // namespace

ProcessLimits process_limits_of(const Parameters& parameters) {
  ProcessLimits limits;
  // With VSwap the whole is limited, and programs may reserve what they never use.
  if (!is_vswap(parameters)) limits.data_bytes = bytes_of_pages(parameters.privvmpages);
  limits.locked_bytes = bytes_of_pages(parameters.lockedpages);
  limits.open_files = count(parameters.numfile);
  limits.pending_signals = count(parameters.numsiginfo);
  return limits;
}

Result<std::vector<std::string>> limit_process(pid_t pid, const ProcessLimits& limits) {
  std::vector<std::string> lower;
  for (const auto& row : kRows) {
    const auto& value = limits.*row.limit;
    if (!value) continue;
    VZ_ASSIGN(const bool done, limit_one(pid, row, *value));
    if (!done) lower.emplace_back(row.parameter);
  }
  return lower;
}

Result<std::vector<std::string>> limit_processes(const std::function<Result<std::vector<pid_t>>()>& list,
                                                 const ProcessLimits& limits) {
  constexpr int kMostRounds = 100;
  const bool any =
      std::ranges::any_of(kRows, [&](const Row& row) { return (limits.*row.limit).has_value(); });
  std::set<pid_t> done;
  std::set<std::string> lower;
  for (int round = 0; any && round < kMostRounds; ++round) {
    VZ_ASSIGN(const auto pids, list());
    bool found = false;
    for (const pid_t pid : pids) {
      if (!done.insert(pid).second) continue;
      found = true;
      VZ_ASSIGN(const auto parameters, limit_process(pid, limits));
      lower.insert(parameters.begin(), parameters.end());
    }
    if (!found) break;
  }
  return std::vector<std::string>(lower.begin(), lower.end());
}

void warn_of_lower_limits(const std::vector<std::string>& parameters) {
  if (parameters.empty()) return;
  log_error("Warning: " + join(parameters, ", ") +
            ": the processes keep the lower limit that this host gives them, since raising one needs "
            "CAP_SYS_RESOURCE");
}

}  // namespace vz
