#include <array>
#include <cstdio>
#include <memory>

#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "tools/memory_use.h"
#include "tools/running_beancounters.h"
#include "tools/tools.h"

namespace vz {

namespace {

struct Settings {
  bool verbose = false;
  bool absolute = false;
};

// LowMem used and committed, RAM used, RAM and swap used and committed, allocation used, committed and most.
using Columns = std::array<double, 8>;

Columns columns_of(const Beancounters& values, const HostMemory& host) {
  const MemoryUse use = memory_held(values);
  const MemoryCommitment commitment = memory_commitment(values, host);
  return {use.low,
          commitment.low,
          use.ram,
          use.ram_swap,
          commitment.ram_swap,
          use.allocated,
          commitment.allocated,
          commitment.allocation_limit};
}

// What each column is a part of.
Columns whole_of(const HostMemory& host) {
  const double low = low_for_containers(host);
  const auto ram = static_cast<double>(host.ram);
  const double all = ram + static_cast<double>(host.swap);
  return {low, low, ram, all, all, all, all, all};
}

void print_columns(const Columns& columns) {
  const char* before = "";
  for (const double value : columns) {
    std::printf("%s%7.2f", before, value);
    before = " ";
  }
  std::puts("");
}

void print_header(const Settings& settings) {
  std::puts(settings.absolute ? "Output values in Mbytes" : "Output values in %");
  std::printf("%s LowMem  LowMem     RAM MemSwap MemSwap   Alloc   Alloc   Alloc\n",
              settings.verbose ? "CTID       " : "");
  std::printf("%s   util  commit    util    util  commit    util  commit   limit\n",
              settings.verbose ? "           " : "");
}

Result<void> check(const Settings& settings) {
  VZ_ASSIGN(const HostMemory host, host_memory());
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  VZ_ASSIGN(const auto containers, running_beancounters(global));
  constexpr double kMegabyte = 1 << 20;
  const Columns whole = whole_of(host);
  print_header(settings);
  Columns sum{};
  for (const auto& container : containers) {
    Columns columns = columns_of(container.values, host);
    for (size_t i = 0; i < columns.size(); ++i) {
      columns[i] = settings.absolute ? columns[i] / kMegabyte : columns[i] / whole[i] * 100;
      sum[i] += columns[i];
    }
    if (!settings.verbose) continue;
    std::printf("%-10u ", container.ctid);
    print_columns(columns);
  }
  if (settings.verbose) {
    std::puts("--------------------------------------------------------------------------");
    std::printf("Summary:   ");
  }
  print_columns(sum);
  if (!settings.absolute) return {};
  Columns megabytes = whole;
  for (double& value : megabytes) value /= kMegabyte;
  std::printf("%s", settings.verbose ? "           " : "");
  print_columns(megabytes);
  return {};
}

}  // namespace

Tool vzmemcheck_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzmemcheck",
          .synopsis = {"[-v] [-A]"},
          .about =
              "Compares what memory the running containers use and are promised with what the\n"
              "host has.\n"
              "Exit codes: 0 done, 1 failed or usage.\n",
          .options = {flag_option("", 'v', "also each container", settings->verbose),
                      flag_option("", 'A', "in megabytes instead of percent, and what the host has",
                                  settings->absolute)},
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (!words.empty()) return refuse_usage(tool, "no arguments are taken");
            configure_log({.program = "vzmemcheck", .file = {}, .verbosity = -1});
            const auto done = check(*settings);
            return done ? 0 : refuse(tool, done.error().text(), 1);
          }};
}

}  // namespace vz
