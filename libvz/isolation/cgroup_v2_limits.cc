#include <algorithm>
#include <chrono>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup_limits.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v2.rst.
namespace vz::cgroup_v2 {

namespace {

std::string knob_value(std::uint64_t value) {
  return value >= kUnlimited ? "max" : std::to_string(value);
}

Result<std::uint64_t> read_number(const std::string& file) {
  VZ_ASSIGN(const std::string text, read_file(file));
  if (trim(text) == "max") return kUnlimited;
  const auto number = parse_unsigned(trim(text));
  if (!number) return fail(ExitCode::system, file + " does not hold a number");
  return *number;
}

// A controller that is off here, or one that this kernel was built without parts of, has no such file.
Result<void> write_existing(const std::string& file, const std::string& value) {
  return exists(file) ? write_knob(file, value) : Result<void>{};
}

// memory.max takes any value and kills until it holds. So what is used has to come down first, by the help of
// memory.high, which only frees and slows down.
Result<void> make_room(const std::string& group, std::uint64_t memory) {
  constexpr int kAttempts = 20;
  VZ_ASSIGN(const std::uint64_t now, read_number(group + "/memory.current"));
  if (now <= memory) return {};
  const std::string high = group + "/memory.high";
  VZ_ASSIGN(const std::string old_high, read_file(high));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    VZ_TRY(write_knob(high, std::to_string(memory)));
    VZ_ASSIGN(const std::uint64_t used, read_number(group + "/memory.current"));
    if (used <= memory) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  VZ_ASSIGN(const std::uint64_t used, read_number(group + "/memory.current"));
  if (used <= memory) return {};
  VZ_TRY(write_knob(high, trim(old_high)));
  return fail(ExitCode::set_ubc, "Unable to limit memory to " + std::to_string(memory) +
                                     " bytes: the container uses more, and it cannot be freed; the old limit "
                                     "stays");
}

Result<void> sum_of(const std::string& parent, const std::string& file) {
  if (!exists(parent + "/" + file)) return {};
  std::uint64_t sum = 0;
  VZ_ASSIGN(const auto names, list_directory(parent));
  for (const auto& name : names) {
    const std::string child = parent + "/" + name + "/" + file;
    if (!exists(child)) continue;
    const auto value = read_number(child);
    if (value) sum += std::min(*value, kUnlimited - sum);
  }
  return write_knob(parent + "/" + file, knob_value(sum));
}

Result<void> set_memory(const std::string& group, const CgroupLimits& limits) {
  if (!exists(group + "/memory.max")) return {};
  // Room in swap first: memory may have to go there.
  if (limits.swap) VZ_TRY(write_existing(group + "/memory.swap.max", knob_value(*limits.swap)));
  if (limits.memory) {
    VZ_TRY(make_room(group, *limits.memory));
    VZ_TRY(write_knob(group + "/memory.max", knob_value(*limits.memory)));
    VZ_TRY(write_knob(group + "/memory.high", "max"));
  }
  if (limits.guarantee) VZ_TRY(write_existing(group + "/memory.low", std::to_string(*limits.guarantee)));
  if (limits.oom_guarantee)
    VZ_TRY(write_existing(group + "/memory.min", std::to_string(*limits.oom_guarantee)));
  if (limits.guarantee || limits.oom_guarantee) return sum_guarantees(group.substr(0, group.rfind('/')));
  return {};
}

Result<void> set_pids(const std::string& group, const CgroupLimits& limits) {
  if (!limits.pids) return {};
  return write_existing(group + "/pids.max", knob_value(*limits.pids));
}

Result<void> set_cpu(const std::string& group, const CgroupLimits& limits) {
  if (limits.cpu_units) {
    const unsigned weight = std::clamp(*limits.cpu_units / 10, 1U, 10000U);
    VZ_TRY(write_existing(group + "/cpu.weight", std::to_string(weight)));
  }
  if (!limits.cpu_percent) return {};
  const std::string quota = *limits.cpu_percent == 0 ? "max" : std::to_string(*limits.cpu_percent * 1000ULL);
  return write_existing(group + "/cpu.max", quota + " 100000");
}

Result<void> set_ids(const std::string& group, const std::string& file, const IdMask& mask) {
  if (!exists(group + "/" + file)) return {};
  // An empty list: what the parent has, also when that changes. Only an empty group takes one.
  if (mask.kind != IdMask::Kind::list && write_knob(group + "/" + file, "\n")) return {};
  VZ_ASSIGN(const std::string available,
            read_file(group.substr(0, group.rfind('/')) + "/" + file + ".effective"));
  VZ_ASSIGN(const std::string ids, usable_ids(mask, available));
  return write_knob(group + "/" + file, ids);
}

Result<void> set_cpuset(const std::string& group, const CgroupLimits& limits) {
  if (limits.nodes) VZ_TRY(set_ids(group, "cpuset.mems", *limits.nodes));
  if (!limits.cpus) return {};
  VZ_ASSIGN(const IdMask cpus,
            resolve_cpus(*limits.cpus, limits.nodes.value_or(IdMask{IdMask::Kind::all, {}})));
  return set_ids(group, "cpuset.cpus", cpus);
}

Result<void> set_io(const std::string& group, const CgroupLimits& limits) {
  const auto per_second = [](std::uint64_t value) { return value == 0 ? "max" : std::to_string(value); };
  std::string rates;
  if (limits.io_bytes)
    rates += " rbps=" + per_second(*limits.io_bytes) + " wbps=" + per_second(*limits.io_bytes);
  if (limits.io_operations)
    rates += " riops=" + per_second(*limits.io_operations) + " wiops=" + per_second(*limits.io_operations);
  for (const auto& device : limits.io_devices) {
    if (!rates.empty()) VZ_TRY(write_existing(group + "/io.max", device + rates));
  }
  if (!limits.io_priority) return {};
  const std::string weight = std::to_string(io_weight(*limits.io_priority));
  VZ_TRY(write_existing(group + "/io.weight", "default " + weight));
  return write_existing(group + "/io.bfq.weight", "default " + weight);
}

}  // namespace

Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits) {
  const CgroupHierarchy* unified = layout.unified();
  if (unified == nullptr) return {};
  const std::string group = unified->mount_point + path;
  const auto by = [&](const char* controller, ExitCode code, const auto& set) -> Result<void> {
    const CgroupHierarchy* home = layout.find(controller);
    if (home == nullptr || !home->v2) return {};
    auto done = set(group, limits);
    if (!done) return std::unexpected(std::move(done).error().with_code(code));
    return {};
  };
  VZ_TRY(by("memory", ExitCode::set_ubc, set_memory));
  VZ_TRY(by("pids", ExitCode::set_ubc, set_pids));
  VZ_TRY(by("cpu", ExitCode::set_scheduler, set_cpu));
  VZ_TRY(by("cpuset", ExitCode::set_scheduler, set_cpuset));
  return by("io", ExitCode::set_io, set_io);
}

Result<void> sum_guarantees(const std::string& parent) {
  VZ_TRY(sum_of(parent, "memory.low"));
  return sum_of(parent, "memory.min");
}

}  // namespace vz::cgroup_v2
