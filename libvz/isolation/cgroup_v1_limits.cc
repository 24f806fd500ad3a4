#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup_limits.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v1.
namespace vz::cgroup_v1 {

namespace {

constexpr unsigned kCpuPeriodUs = 100000;
constexpr std::uint64_t kOnePage = 4096;

std::string knob_value(std::uint64_t value) {
  return value >= kUnlimited ? "-1" : std::to_string(value);
}

Result<std::uint64_t> read_number(const std::string& file) {
  VZ_ASSIGN(const std::string text, read_file(file));
  const auto number = parse_unsigned(trim(text));
  if (!number) return fail(ExitCode::system, file + " does not hold a number");
  return *number;
}

Result<void> write_existing(const std::string& file, const std::string& value) {
  return exists(file) ? write_knob(file, value) : Result<void>{};
}

// Files on which the kernel looks down: even writing what they hold switches accounting on, and complains.
Result<void> write_if_it_changes(const std::string& file, std::uint64_t value) {
  if (!exists(file)) return {};
  VZ_ASSIGN(const std::uint64_t old, read_number(file));
  constexpr std::uint64_t kNearlyUnlimited = kUnlimited - (1U << 20);
  if (old == value || (value >= kUnlimited && old >= kNearlyUnlimited)) return {};
  return write_knob(file, knob_value(value));
}

// The kernel frees what it can before it refuses; what is being written back is free a moment later.
Result<void> write_limit(const std::string& file, std::uint64_t value) {
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    auto written = write_knob(file, knob_value(value));
    if (written || written.error().errno_value() != EBUSY || attempt == kAttempts) return written;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::unexpected<Error> in_use(const char* what, std::uint64_t value, Error why) {
  if (why.errno_value() != EBUSY) return std::unexpected(std::move(why).with_code(ExitCode::set_ubc));
  return fail(ExitCode::set_ubc, std::string("Unable to limit ") + what + " to " + std::to_string(value) +
                                     " bytes: the container uses more, and it cannot be freed; the old limit "
                                     "stays");
}

// memsw (memory and swap together) may never be below memory, so the order depends on the direction.
Result<void> set_memory_and_swap(const std::string& group, std::uint64_t memory, std::uint64_t both) {
  const std::string memory_file = group + "/memory.limit_in_bytes";
  const std::string both_file = group + "/memory.memsw.limit_in_bytes";
  VZ_ASSIGN(const std::uint64_t old_memory, read_number(memory_file));
  VZ_ASSIGN(const std::uint64_t old_both, read_number(both_file));
  if (memory > old_both) {
    VZ_TRY(write_knob(both_file, knob_value(both)));
    return write_knob(memory_file, knob_value(memory));
  }
  if (auto set = write_limit(memory_file, memory); !set) return in_use("memory", memory, set.error());
  if (auto set = write_limit(both_file, both); !set) {
    VZ_TRY(write_knob(memory_file, std::to_string(old_memory)));
    return in_use("memory and swap", both, set.error());
  }
  return {};
}

Result<void> set_memory(const std::string& group, const CgroupLimits& limits) {
  if (limits.memory || limits.swap) {
    const std::uint64_t memory = limits.memory.value_or(kUnlimited);
    if (exists(group + "/memory.memsw.limit_in_bytes")) {
      // With not one page of swap the limit of both would be met first, whose failures not every kernel
      // counts (6.18 does not), and not that of memory.
      const std::uint64_t swap = std::max(limits.swap.value_or(kUnlimited), kOnePage);
      VZ_TRY(set_memory_and_swap(group, memory, swap >= kUnlimited - memory ? kUnlimited : memory + swap));
    } else if (auto set = write_limit(group + "/memory.limit_in_bytes", memory); !set) {
      return in_use("memory", memory, set.error());
    }
  }
  if (limits.guarantee || limits.oom_guarantee) {
    const std::uint64_t soft = std::max(limits.guarantee.value_or(0), limits.oom_guarantee.value_or(0));
    // Not there with PREEMPT_RT.
    VZ_TRY(write_if_it_changes(group + "/memory.soft_limit_in_bytes", soft == 0 ? kUnlimited : soft));
  }
  if (!limits.tcp_memory) return {};
  return write_if_it_changes(group + "/memory.kmem.tcp.limit_in_bytes", *limits.tcp_memory);
}

Result<void> set_cpu(const std::string& group, const CgroupLimits& limits) {
  if (limits.cpu_units) {
    const auto shares = std::max(2ULL, *limits.cpu_units * 1024ULL / 1000);
    VZ_TRY(write_knob(group + "/cpu.shares", std::to_string(shares)));
  }
  // Not there without CONFIG_CFS_BANDWIDTH.
  if (limits.cpu_percent && exists(group + "/cpu.cfs_quota_us")) {
    VZ_TRY(write_knob(group + "/cpu.cfs_period_us", std::to_string(kCpuPeriodUs)));
    VZ_TRY(write_knob(
        group + "/cpu.cfs_quota_us",
        *limits.cpu_percent == 0 ? "-1" : std::to_string(kCpuPeriodUs / 100ULL * *limits.cpu_percent)));
  }
  return {};
}

// A group that the container has made below would hold the CPUs fast that are taken away.
Result<void> shrink_children(const std::string& group, const std::string& file, const std::string& ids) {
  VZ_ASSIGN(const auto names, list_directory(group));
  for (const auto& name : names) {
    const std::string child = group + "/" + name;
    if (!exists(child + "/" + file)) continue;
    VZ_TRY(shrink_children(child, file, ids));
    VZ_TRY(write_knob(child + "/" + file, ids));
  }
  return {};
}

Result<void> set_ids(const std::string& group, const std::string& file, const IdMask& mask) {
  VZ_ASSIGN(const std::string available, read_file(group.substr(0, group.rfind('/')) + "/" + file));
  VZ_ASSIGN(const std::string ids, usable_ids(mask, available));
  if (write_knob(group + "/" + file, ids)) return {};
  VZ_TRY(shrink_children(group, file, ids));
  return write_knob(group + "/" + file, ids);
}

Result<void> set_cpuset(const std::string& group, const CgroupLimits& limits) {
  if (limits.nodes) {
    VZ_TRY(write_knob(group + "/cpuset.memory_migrate", "1"));
    VZ_TRY(set_ids(group, "cpuset.mems", *limits.nodes));
  }
  if (!limits.cpus) return {};
  VZ_ASSIGN(const IdMask cpus,
            resolve_cpus(*limits.cpus, limits.nodes.value_or(IdMask{IdMask::Kind::all, {}})));
  return set_ids(group, "cpuset.cpus", cpus);
}

Result<void> set_io(const std::string& group, const CgroupLimits& limits) {
  for (const auto& device : limits.io_devices) {
    const auto throttle = [&](const char* what, std::uint64_t value) -> Result<void> {
      for (const char* direction : {"read", "write"}) {
        const std::string file = group + "/blkio.throttle." + direction + "_" + what + "_device";
        VZ_TRY(write_existing(file, device + " " + std::to_string(value)));
      }
      return {};
    };
    if (limits.io_bytes) VZ_TRY(throttle("bps", *limits.io_bytes));
    if (limits.io_operations) VZ_TRY(throttle("iops", *limits.io_operations));
  }
  if (!limits.io_priority) return {};
  return write_existing(group + "/blkio.bfq.weight", std::to_string(io_weight(*limits.io_priority)));
}

}  // namespace

Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits) {
  const auto in_group = [&](const char* controller, ExitCode code, const auto& set) -> Result<void> {
    const CgroupHierarchy* hierarchy = layout.find(controller);
    if (hierarchy == nullptr || hierarchy->v2) return {};
    auto done = set(hierarchy->mount_point + path, limits);
    if (!done) return std::unexpected(std::move(done).error().with_code(code));
    return {};
  };
  VZ_TRY(in_group("memory", ExitCode::set_ubc, set_memory));
  VZ_TRY(in_group(
      "pids", ExitCode::set_ubc, [](const std::string& group, const CgroupLimits& all) -> Result<void> {
        if (!all.pids) return {};
        return write_knob(group + "/pids.max", *all.pids >= kUnlimited ? "max" : std::to_string(*all.pids));
      }));
  VZ_TRY(in_group("cpu", ExitCode::set_scheduler, set_cpu));
  VZ_TRY(in_group("cpuset", ExitCode::set_scheduler, set_cpuset));
  return in_group("blkio", ExitCode::set_io, set_io);
}

}  // namespace vz::cgroup_v1
