#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "libvz/config/config_file.h"
#include "libvz/config/global_config.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/host/cgroup_layout.h"
#include "libvz/host/run_state.h"
#include "tools/host_facts.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr unsigned kDefaultUnits = 1000;

struct Row {
  Ctid ctid = 0;
  std::uint64_t units = 0;
};

struct Settings {
  bool verbose = false;
};

std::optional<std::uint64_t> number_in(const std::string& path) {
  const auto text = read_file(path);
  return text ? parse_unsigned(trim(*text)) : std::nullopt;
}

// The weight that the kernel has for a running container, in CPU units; nothing if the host has no controller
// for it. The configured value is told where it is the one in force: weights are coarser.
std::optional<std::uint64_t> units_in_force(const CgroupLayout& layout, Ctid ctid, std::uint64_t configured) {
  const auto* cpu = layout.find("cpu");
  if (cpu == nullptr) return std::nullopt;
  const std::string group = cpu->mount_point + container_cgroup_path(ctid) + "/";
  if (cpu->v2) {
    const auto weight = number_in(group + "cpu.weight");
    if (!weight) return std::nullopt;
    const bool same = std::clamp<std::uint64_t>(configured / 10, 1, 10000) == *weight;
    return same ? configured : *weight * 10;
  }
  const auto shares = number_in(group + "cpu.shares");
  if (!shares) return std::nullopt;
  const bool same = std::max<std::uint64_t>(2, configured * 1024 / 1000) == *shares;
  return same ? configured : (*shares * 1000 + 512) / 1024;
}

// VE0CPUUNITS of vz.conf: what the host's own processes count for.
std::uint64_t host_units(const GlobalConfig& global) {
  const auto text = read_file(global.paths.global_config());
  if (!text) return kDefaultUnits;
  for (const auto& assignment : parse_config_text(*text).assignments) {
    const auto units = parse_number(assignment.value, 8, 500000);
    if (assignment.key == "VE0CPUUNITS" && units) return *units;
  }
  return kDefaultUnits;
}

Result<std::vector<Row>> rows(const GlobalConfig& global) {
  std::vector<Row> out = {{0, host_units(global)}};
  const CgroupLayout layout = probe_cgroup_layout().value_or(CgroupLayout());
  VZ_ASSIGN(const auto ctids, ctids_with_run_state(global.paths));
  for (const Ctid ctid : ctids) {
    const auto state = load_run_state(global.paths, ctid);
    if (!state || !*state) continue;
    const auto config = load_container_config(global, ctid);
    const std::uint64_t configured =
        (config ? config->merged.cpuunits : global.defaults.cpuunits).value_or(kDefaultUnits);
    out.push_back({ctid, units_in_force(layout, ctid, configured).value_or(configured)});
  }
  return out;
}

Result<void> check(const Settings& settings) {
  VZ_ASSIGN(const std::uint64_t power, host_cpu_power());
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  VZ_ASSIGN(const auto all, rows(global));
  if (settings.verbose) {
    std::puts("VEID\t\tCPUUNITS");
    std::puts("-------------------------");
  }
  std::uint64_t sum = 0;
  for (const auto& row : all) {
    sum += row.units;
    if (settings.verbose) std::printf("%u\t\t%llu\n", row.ctid, static_cast<unsigned long long>(row.units));
  }
  std::printf("Current CPU utilization: %llu\n", static_cast<unsigned long long>(sum));
  std::printf("Power of the node: %llu\n", static_cast<unsigned long long>(power));
  if (sum > power) std::puts("Warning: hardware node is overcommitted");
  return {};
}

}  // namespace

Tool vzcpucheck_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzcpucheck",
          .synopsis = {"[-v]"},
          .about =
              "Compares the CPU units of the running containers and of the host with the power\n"
              "of the host's CPUs.\n"
              "Exit codes: 0 done, 1 failed, 2 usage.\n",
          .options = {flag_option("", 'v', "also those of each container", settings->verbose)},
          .usage_code = 2,
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (!words.empty()) return refuse_usage(tool, "no arguments are taken");
            configure_log({.program = "vzcpucheck", .file = {}, .verbosity = -1});
            const auto done = check(*settings);
            return done ? 0 : refuse(tool, done.error().text(), 1);
          }};
}

}  // namespace vz
