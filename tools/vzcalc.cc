#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>

#include "libvz/config/config_file.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "libvz/core/text.h"
#include "tools/memory_use.h"
#include "tools/running_beancounters.h"
#include "tools/tools.h"

namespace vz {

namespace {

using enum Beancounter;

// In percent; nothing: not applicable.
struct Figures {
  std::optional<double> current;
  std::optional<double> promised;
  std::optional<double> most;
};

struct Table {
  Figures low, ram, ram_swap, allocated, processes;
};

// In this order they are asked for.
constexpr std::array kNeeded = {numproc,   vmguarpages,  kmemsize,    tcpsndbuf,
                                tcprcvbuf, othersockbuf, dgramrcvbuf, privvmpages};

bool has_all(const Parameters& parameters) {
  bool all = true;
  for (const Beancounter which : kNeeded) {
    if (configured_limits(parameters, which)) continue;
    std::string key(beancounter_kinds()[static_cast<size_t>(which)].name);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::toupper(c); });
    std::fprintf(stderr, "Error: parameter %s not found\n", key.c_str());
    all = false;
  }
  return all;
}

// What the container holds; nothing if it does not run.
Result<std::optional<Beancounters>> held_by(Ctid ctid) {
  const Paths paths(test_prefix());
  VZ_ASSIGN(const auto state, load_run_state(paths, ctid));
  if (!state) return std::nullopt;
  const BeancounterReader reader(probe_cgroup_layout().value_or(CgroupLayout()));
  return reader.read(ctid, *state, all_beancounters());
}

Result<Table> compute(Ctid ctid, const Parameters& parameters) {
  VZ_ASSIGN(const HostMemory host, host_memory());
  VZ_ASSIGN(const std::uint64_t threads, host_threads_max());
  VZ_ASSIGN(const auto held, held_by(ctid));
  const double low = low_for_containers(host);
  const auto ram = static_cast<double>(host.ram);
  const double all = ram + static_cast<double>(host.swap);
  Beancounters limits;
  set_configured_limits(parameters, limits);
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  double network = 0;
  for (const Beancounter each : {kmemsize, tcprcvbuf, tcpsndbuf, dgramrcvbuf, othersockbuf})
    network += number(*limits[each].limit);
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  const auto with_pages = [&](std::uint64_t pages) { return 100 * (number(pages) * page + network) / all; };
  Table table;
  table.low.promised = table.low.most = 100 * network / low;
  table.ram_swap.promised = with_pages(limits[oomguarpages].barrier.value_or(0));
  table.allocated.promised = with_pages(*limits[vmguarpages].barrier);
  table.allocated.most = with_pages(*limits[privvmpages].limit);
  table.processes.most = 100 * number(*limits[numproc].barrier) / number(threads);
  if (!held) return table;
  const MemoryUse use = memory_held(*held);
  table.low.current = 100 * use.low / low;
  table.ram.current = 100 * use.ram / ram;
  table.ram_swap.current = 100 * use.ram_swap / all;
  table.allocated.current = 100 * use.allocated / all;
  table.processes.current = 100 * number((*held)[numproc].held.value_or(0)) / number(threads);
  return table;
}

std::string cell(const std::optional<double>& value) {
  std::array<char, 64> text{};
  if (value) {
    std::snprintf(text.data(), text.size(), "%10.2f", *value);
  } else {
    std::snprintf(text.data(), text.size(), "%10s", "n/a");
  }
  return text.data();
}

void print_row(const char* name, const Figures& row) {
  std::printf("%-10s %s %s %s\n", name, cell(row.current).c_str(), cell(row.promised).c_str(),
              cell(row.most).c_str());
}

void print_table(const Table& table, bool verbose) {
  std::puts("Resource     Current(%)  Promised(%)  Max(%)");
  if (verbose) {
    print_row("Low Mem", table.low);
    print_row("Total RAM", table.ram);
    print_row("Mem + Swap", table.ram_swap);
    print_row("Alloc. Mem", table.allocated);
    print_row("Num. Proc", table.processes);
    std::puts("--------------------------------------------");
  }
  Figures largest;
  for (const Figures* row : {&table.low, &table.ram, &table.ram_swap, &table.allocated, &table.processes}) {
    largest.current = std::max(largest.current, row->current);
    largest.promised = std::max(largest.promised, row->promised);
    largest.most = std::max(largest.most, row->most);
  }
  print_row("Memory", largest);
}

int run_vzcalc(const Tool& tool, bool verbose, const std::vector<std::string>& words) {
  if (words.size() != 1) return refuse_usage(tool);
  const auto ctid = parse_unsigned(words.front());
  if (!ctid || *ctid > 2147483647) {
    std::fprintf(stderr, "Invalid CT ID: %s\n", words.front().c_str());
    return 1;
  }
  configure_log({.program = "vzcalc", .file = {}, .verbosity = -1});
  const std::string path = Paths(test_prefix()).container_config(static_cast<Ctid>(*ctid));
  if (!exists(path)) {
    std::fprintf(stderr, "Container configuration file: %s not found\n", path.c_str());
    return 1;
  }
  const auto text = read_file(path);
  if (!text) return refuse(tool, text.error().text(), 1);
  Parameters parameters;
  (void)read_parameters(path, *text, parameters);
  if (!has_all(parameters)) return 1;
  const auto table = compute(static_cast<Ctid>(*ctid), parameters);
  if (!table) return refuse(tool, table.error().text(), 1);
  print_table(*table, verbose);
  return 0;
}

}  // namespace

Tool vzcalc_tool() {
  const auto verbose = std::make_shared<bool>(false);
  return {.name = "vzcalc",
          .synopsis = {"[-v] CTID"},
          .about =
              "Computes how much of this host a container uses, is promised and may use at most.\n"
              "Exit codes: 0 done, 1 failed or usage.\n",
          .options = {flag_option("", 'v', "each resource for itself", *verbose)},
          .run = [verbose](const Tool& tool, const std::vector<std::string>& words) {
            return run_vzcalc(tool, *verbose, words);
          }};
}

}  // namespace vz
