#include "tools/running_beancounters.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::uint64_t kUnlimited32 = 2147483647;

bool says_nothing(double value) {
  return value <= 0 || value >= static_cast<double>(kUnlimited) || value == static_cast<double>(kUnlimited32);
}

}  // namespace

Result<std::vector<ContainerBeancounters>> running_beancounters(const GlobalConfig& global) {
  const BeancounterReader reader(probe_cgroup_layout().value_or(CgroupLayout()));
  VZ_ASSIGN(auto ctids, ctids_with_run_state(global.paths));
  std::ranges::sort(ctids);
  std::vector<ContainerBeancounters> all;
  for (const Ctid ctid : ctids) {
    VZ_ASSIGN(auto container, read_container_beancounters(global, reader, ctid));
    if (container) all.push_back(*std::move(container));
  }
  return all;
}

Result<std::vector<ContainerBeancounters>> beancounters_of_file(const std::string& path) {
  std::string text;
  if (path == "-") {
    VZ_ASSIGN(text, read_all(STDIN_FILENO));
  } else {
    VZ_ASSIGN(text, read_file(path));
  }
  constexpr std::string_view kVersion = "Version: ";
  constexpr std::string_view kKnown = "2.5";
  if (!text.starts_with(kVersion)) {
    text = std::string(kVersion) + std::string(kKnown) + "\n" + text;
  } else {
    const auto version = trim(std::string_view(text).substr(0, text.find('\n')).substr(kVersion.size()));
    if (version != kKnown) return fail(ExitCode::invalid_value, "unknown version: " + std::string(version));
  }
  return parse_user_beancounters(text);
}

std::string short_amount(std::uint64_t value, bool pages) {
  auto amount = static_cast<double>(value);
  if (says_nothing(amount)) return "- ";
  if (pages) amount *= static_cast<double>(sysconf(_SC_PAGESIZE));
  constexpr std::string_view kUnits = " KMGTPEZY";
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  std::array<char, 32> text{};
  if (amount < 100) {
    std::snprintf(text.data(), text.size(), "%.3g%c", amount, kUnits[unit]);
  } else {
    std::snprintf(text.data(), text.size(), "%u%c", static_cast<unsigned>(amount), kUnits[unit]);
  }
  return text.data();
}

std::string short_percent(double part, double whole, int digits) {
  if (says_nothing(whole)) return "- ";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, part / whole * 100);
  const double rounded = std::strtod(text.data(), nullptr);
  if (rounded < 10) {
    std::snprintf(text.data(), text.size(), "%.*g%%", digits, rounded);
  } else {
    std::snprintf(text.data(), text.size(), "%llu%%",
                  static_cast<unsigned long long>(std::min(rounded, 1e15)));
  }
  return rounded == 0 ? "- " : text.data();
}

}  // namespace vz
