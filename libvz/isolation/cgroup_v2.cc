#include <algorithm>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v2.rst.
namespace vz::cgroup_v2 {

namespace {

using Clock = std::chrono::steady_clock;

std::string knob_value(std::uint64_t value) {
  return value >= kUnlimited ? "max" : std::to_string(value);
}

}  // namespace

Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy) {
  const std::string parent = directory.substr(0, directory.rfind('/'));
  for (const auto& controller : hierarchy.controllers) {
    // The parent may refuse one of them (threaded groups, real-time tasks); what needs it warns when it is
    // applied.
    if (auto enabled = write_knob(parent + "/cgroup.subtree_control", "+" + controller); !enabled) {
      log_info("cgroup controller " + controller + " stays off: " + enabled.error().text(), 1);
    }
  }
  return {};
}

Result<void> apply(const CgroupLayout& layout, const std::string& path, const CgroupLimits& limits) {
  const CgroupHierarchy* unified = layout.unified();
  if (unified == nullptr) return {};
  const std::string group = unified->mount_point + path;
  const auto set = [&](const char* parameter, const char* controller, const char* knob,
                       const std::string& value) -> Result<void> {
    const CgroupHierarchy* home = layout.find(controller);
    if (home != nullptr && !home->v2) return {};  // cgroup_v1.cc has applied it
    const std::string file = group + "/" + knob;
    if (!exists(file)) {
      log_error(std::string("Warning: ") + parameter +
                " is not enforced: this host has no cgroup controller " + controller);
      return {};
    }
    return write_knob(file, value);
  };
  if (limits.memory) VZ_TRY(set("PHYSPAGES", "memory", "memory.max", knob_value(*limits.memory)));
  if (limits.swap) VZ_TRY(set("SWAPPAGES", "memory", "memory.swap.max", knob_value(*limits.swap)));
  if (limits.pids) VZ_TRY(set("NUMPROC", "pids", "pids.max", knob_value(*limits.pids)));
  if (limits.cpu_units) {
    const unsigned weight = std::clamp(*limits.cpu_units / 10, 1U, 10000U);
    VZ_TRY(set("CPUUNITS", "cpu", "cpu.weight", std::to_string(weight)));
  }
  if (limits.cpu_percent) {
    const std::string quota = *limits.cpu_percent == 0 ? "max" : std::to_string(*limits.cpu_percent * 1000);
    VZ_TRY(set("CPULIMIT", "cpu", "cpu.max", quota + " 100000"));
  }
  if (limits.cpus) VZ_TRY(set("CPUMASK", "cpuset", "cpuset.cpus", *limits.cpus));
  return {};
}

Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  VZ_TRY(write_knob(directory + "/cgroup.freeze", "1"));
  for (;;) {
    VZ_ASSIGN(const std::string events, read_file(directory + "/cgroup.events"));
    if (events.find("frozen 1") != std::string::npos) return {};
    if (Clock::now() > deadline) {
      VZ_TRY(thaw(directory));
      return fail_errno(ExitCode::checkpoint, "freeze the container", ETIMEDOUT);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<void> thaw(const std::string& directory) {
  if (!exists(directory)) return {};
  return write_knob(directory + "/cgroup.freeze", "0");
}

}  // namespace vz::cgroup_v2
