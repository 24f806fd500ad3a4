#include <algorithm>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v1.
namespace vz::cgroup_v1 {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kCpuPeriodUs = 100000;

std::string knob_value(std::uint64_t value) {
  return value >= kUnlimited ? "-1" : std::to_string(value);
}

Result<void> copy_from_parent(const std::string& directory, const char* name) {
  VZ_ASSIGN(const std::string current, read_file(directory + "/" + name));
  if (!trim(current).empty()) return {};
  const std::string parent = directory.substr(0, directory.rfind('/'));
  VZ_ASSIGN(const std::string inherited, read_file(parent + "/" + name));
  return write_knob(directory + "/" + name, trim(inherited));
}

// memsw (memory and swap together) may never be below memory, so the order depends on the direction.
Result<void> set_memory(const std::string& group, std::uint64_t memory, std::optional<std::uint64_t> swap) {
  const std::string memory_file = group + "/memory.limit_in_bytes";
  const std::string both_file = group + "/memory.memsw.limit_in_bytes";
  const bool can_swap_limit = exists(both_file);
  if (can_swap_limit) VZ_TRY(write_knob(both_file, "-1"));
  VZ_TRY(write_knob(memory_file, knob_value(memory)));
  if (!swap || !can_swap_limit) return {};
  const std::uint64_t both =
      memory >= kUnlimited || *swap >= kUnlimited - memory ? kUnlimited : memory + *swap;
  return write_knob(both_file, knob_value(both));
}

}  // namespace

Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy) {
  if (hierarchy.has("cpuset")) {
    VZ_TRY(copy_from_parent(directory, "cpuset.cpus"));
    VZ_TRY(copy_from_parent(directory, "cpuset.mems"));
    VZ_TRY(write_knob(directory + "/cgroup.clone_children", "1"));
  }
  return {};
}

Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits) {
  const auto group_of = [&](const char* controller) -> std::string {
    const CgroupHierarchy* hierarchy = layout.find(controller);
    return hierarchy != nullptr && !hierarchy->v2 ? hierarchy->mount_point + path : "";
  };
  if (const auto group = group_of("memory"); !group.empty() && (limits.memory || limits.swap)) {
    VZ_TRY(set_memory(group, limits.memory.value_or(kUnlimited), limits.swap));
  }
  if (const auto group = group_of("pids"); !group.empty() && limits.pids) {
    VZ_TRY(
        write_knob(group + "/pids.max", *limits.pids >= kUnlimited ? "max" : std::to_string(*limits.pids)));
  }
  if (const auto group = group_of("cpu"); !group.empty()) {
    if (limits.cpu_units) {
      const unsigned shares = std::max(2U, static_cast<unsigned>(*limits.cpu_units * 1024ULL / 1000));
      VZ_TRY(write_knob(group + "/cpu.shares", std::to_string(shares)));
    }
    if (limits.cpu_percent) {
      VZ_TRY(write_knob(group + "/cpu.cfs_period_us", std::to_string(kCpuPeriodUs)));
      VZ_TRY(write_knob(
          group + "/cpu.cfs_quota_us",
          *limits.cpu_percent == 0 ? "-1" : std::to_string(kCpuPeriodUs / 100 * *limits.cpu_percent)));
    }
  }
  if (const auto group = group_of("cpuset"); !group.empty() && limits.cpus) {
    VZ_TRY(write_knob(group + "/cpuset.cpus", *limits.cpus));
  }
  return {};
}

Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout) {
  const std::string file = directory + "/freezer.state";
  const auto deadline = Clock::now() + timeout;
  VZ_TRY(write_knob(file, "FROZEN"));
  for (;;) {
    VZ_ASSIGN(const std::string state, read_file(file));
    if (trim(state) == "FROZEN") return {};
    if (Clock::now() > deadline) {
      VZ_TRY(thaw(directory));
      return fail_errno(ExitCode::checkpoint, "freeze the container", ETIMEDOUT);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // Written again: a task that forked meanwhile is caught by the next try.
    VZ_TRY(write_knob(file, "FROZEN"));
  }
}

Result<void> thaw(const std::string& directory) {
  if (!exists(directory)) return {};
  return write_knob(directory + "/freezer.state", "THAWED");
}

}  // namespace vz::cgroup_v1
