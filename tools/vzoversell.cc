#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "tools/host_facts.h"
#include "tools/running_beancounters.h"
#include "tools/tools.h"

namespace vz {

namespace {

using enum Beancounter;

struct Use {
  std::uint64_t held = 0, max_held = 0, limit = 0, failures = 0;  // pages
  void add(const Use& other) {
    held += other.held;
    max_held += other.max_held;
    limit += other.limit;
    failures += other.failures;
  }
};

struct Row {
  Use ram;
  Use swap;
  std::string flags;
};

struct Flag {
  char letter;
  const char* meaning;
};
constexpr Flag kFlags[] = {
    {'R', "non-VSwap container, RAM limit guessed based on privvmpages"},
    {'U', "unlimited RAM, not counted into total RAM limit"},
    {'S', "unlimited swap (ok for non-vswap), not counted into total swap limit"},
    {'f', "RAM failcnt > 0 (swap used), use vzubc to check details"},
    {'F', "beancounter failcnt > 0, use vzubc to check details"},
};

bool is_unlimited(std::uint64_t value) {
  constexpr std::uint64_t kUnlimited32 = 2147483647;
  return value >= kUnlimited || value == kUnlimited32;
}

Use use_of(const BeancounterValues& values) {
  const std::uint64_t held = values.held.value_or(0);
  return {.held = held,
          .max_held = values.max_held.value_or(held),
          .limit = values.limit.value_or(kUnlimited),
          .failures = values.failures.value_or(0)};
}

Row row_of(const Beancounters& values) {
  Row row{.ram = use_of(values[physpages]), .swap = use_of(values[swappages]), .flags = {}};
  if (row.ram.limit == 0 || is_unlimited(row.ram.limit)) {
    const std::uint64_t allocation = values[privvmpages].limit.value_or(kUnlimited);
    const bool nothing = is_unlimited(allocation);
    row.flags += nothing ? 'U' : 'R';
    row.ram.limit = nothing ? 0 : allocation / 2;
  }
  if (is_unlimited(row.swap.limit)) {
    row.flags += 'S';
    row.swap.limit = 0;
  }
  std::uint64_t failures = 0;
  for (size_t i = 0; i < kBeancounters; ++i)
    failures += values[static_cast<Beancounter>(i)].failures.value_or(0);
  if (failures > 0) row.flags += failures == row.ram.failures ? 'f' : 'F';
  return row;
}

void print_use(const Use& use) {
  std::printf("%5s %5s %5s %5s", short_amount(use.held, true).c_str(),
              short_amount(use.max_held, true).c_str(), short_amount(use.limit, true).c_str(),
              short_amount(use.failures, false).c_str());
}

void print_balance(const char* what, std::uint64_t available, std::uint64_t allocated) {
  std::printf("%-10s available: %5s  allocated: %5s  oversell: %s\n", what,
              short_amount(available, true).c_str(), short_amount(allocated, true).c_str(),
              short_percent(static_cast<double>(allocated), static_cast<double>(available), 1).c_str());
}

void print_totals(const Row& total, const HostMemory& host) {
  std::puts("           ----- ----- ----- -----  ----- ----- ----- -----");
  std::printf(" TOTAL     ");
  print_use(total.ram);
  std::printf("  ");
  print_use(total.swap);
  std::puts("\n");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  print_balance("RAM", host.ram / page, total.ram.limit);
  print_balance("Swap", host.swap / page, total.swap.limit);
  print_balance("RAM+Swap", (host.ram + host.swap) / page, total.ram.limit + total.swap.limit);
  if (total.flags.empty()) return;
  std::puts("\nFlags:");
  for (const auto& flag : kFlags) {
    if (total.flags.find(flag.letter) != std::string::npos)
      std::printf("  %c: %s\n", flag.letter, flag.meaning);
  }
}

Result<std::vector<ContainerBeancounters>> collect(const std::vector<std::string>& words) {
  if (!words.empty()) return beancounters_of_file(words.front());
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  return running_beancounters(global);
}

Result<void> check(const std::vector<std::string>& words) {
  VZ_ASSIGN(const HostMemory host, host_memory());
  VZ_ASSIGN(const auto containers, collect(words));
  std::puts("           --------- RAM ---------  -------- Swap ---------  Flags");
  std::puts("            used  peak limit fails   used  peak limit fails");
  Row total;
  for (const auto& container : containers) {
    // A file's container without swap pages is incomplete; 0 is the host.
    const bool complete = container.values[swappages] != BeancounterValues() || words.empty();
    if (container.ctid == 0 || !complete) continue;
    const Row row = row_of(container.values);
    std::printf("%10u ", container.ctid);
    print_use(row.ram);
    std::printf("  ");
    print_use(row.swap);
    std::printf("  %s\n", row.flags.c_str());
    total.ram.add(row.ram);
    total.swap.add(row.swap);
    total.flags += row.flags;
  }
  print_totals(total, host);
  return {};
}

}  // namespace

Tool vzoversell_tool() {
  return {.name = "vzoversell",
          .synopsis = {"[FILE]"},
          .about =
              "Compares the memory and swap limits of the running containers with what the host\n"
              "has. With FILE, of the containers in that file, which has the shape of\n"
              "/proc/bc/resources (-: standard input).\n"
              "Exit codes: 0 done, 1 failed or usage.\n",
          .options = {},
          .run = [](const Tool& tool, const std::vector<std::string>& words) {
            if (words.size() > 1) return refuse_usage(tool, "one file at a time");
            configure_log({.program = "vzoversell", .file = {}, .verbosity = -1});
            const auto done = check(words);
            if (done) return 0;
            std::fprintf(stderr, "Error: %s\n", done.error().text().c_str());
            return 1;
          }};
}

}  // namespace vz
