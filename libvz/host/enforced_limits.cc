#include "libvz/host/enforced_limits.h"

#include <unistd.h>

#include <algorithm>

#include "libvz/config/values.h"
#include "libvz/core/text.h"
#include "libvz/host/kernel_files.h"

namespace vz {

namespace {

using Value = std::optional<std::uint64_t>;

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// A number, or "max".
Value limit_in(KernelFiles& group, const char* name) {
  const std::string_view text = trim(group.text(name));
  if (text == "max") return kUnlimited;
  const auto number = parse_unsigned(text);
  return number ? Value(*number) : std::nullopt;
}

Value in_pages(Value bytes) {
  // What v1 shows for unlimited is the largest multiple of a page.
  if (!bytes || *bytes >= kUnlimited - page_size()) return bytes ? Value(kUnlimited) : std::nullopt;
  return *bytes / page_size();
}

void read_memory(KernelFiles& group, bool v2, EnforcedLimits& limits) {
  if (v2) {
    limits.memory_pages = in_pages(limit_in(group, "memory.max"));
    limits.swap_pages = in_pages(limit_in(group, "memory.swap.max"));
    return;
  }
  limits.memory_pages = in_pages(group.number("memory.limit_in_bytes"));
  const Value both = in_pages(group.number("memory.memsw.limit_in_bytes"));
  if (!both || !limits.memory_pages) return;
  limits.swap_pages = *both == kUnlimited ? kUnlimited : *both - std::min(*both, *limits.memory_pages);
  // How none is written (isolation/cgroup_v1_limits.cc).
  if (limits.swap_pages == 1) limits.swap_pages = 0;
}

void read_cpu_v2(KernelFiles& group, EnforcedLimits& limits) {
  const auto words = split(group.text("cpu.max"), " \n");
  if (words.size() == 2) {
    const auto quota = parse_unsigned(words[0]);
    const auto period = parse_unsigned(words[1]);
    if (words[0] == "max") limits.cpu_percent = 0;
    if (quota && period && *period > 0) limits.cpu_percent = static_cast<unsigned>(*quota * 100 / *period);
  }
  if (const auto weight = group.number("cpu.weight")) limits.cpu_units = static_cast<unsigned>(*weight * 10);
}

void read_cpu_v1(KernelFiles& group, EnforcedLimits& limits) {
  const auto quota = parse_int(trim(group.text("cpu.cfs_quota_us")));
  const auto period = group.number("cpu.cfs_period_us");
  if (quota && *quota < 0) limits.cpu_percent = 0;
  if (quota && *quota >= 0 && period && *period > 0)
    limits.cpu_percent = static_cast<unsigned>(static_cast<unsigned long long>(*quota) * 100 / *period);
  // Rounded up, since setting it rounded down.
  if (const auto shares = group.number("cpu.shares"))
    limits.cpu_units = static_cast<unsigned>((*shares * 1000 + 1023) / 1024);
}

}  // namespace

EnforcedLimits read_enforced_limits(const CgroupLayout& layout, Ctid ctid) {
  EnforcedLimits limits;
  const std::string path = container_cgroup_path(ctid);
  if (const auto* memory = layout.find("memory")) {
    if (KernelFiles group(memory->mount_point + path); group) read_memory(group, memory->v2, limits);
  }
  if (const auto* pids = layout.find("pids")) {
    if (KernelFiles group(pids->mount_point + path); group) limits.processes = limit_in(group, "pids.max");
  }
  if (const auto* cpu = layout.find("cpu")) {
    if (KernelFiles group(cpu->mount_point + path); group) {
      if (cpu->v2) {
        read_cpu_v2(group, limits);
      } else {
        read_cpu_v1(group, limits);
      }
    }
  }
  return limits;
}

}  // namespace vz
