#include "libvz/host/user_beancounters.h"

#include <array>
#include <cstdio>

#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kVersion = "Version: 2.5";
constexpr unsigned kLines = 25;

using Row = std::array<unsigned long long, 5>;

void append_row(std::string& text, const std::string& id, std::string_view name, const Row& row) {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "%10s  %-12.*s %20llu %20llu %20llu %20llu %20llu\n", id.c_str(),
                static_cast<int>(name.size()), name.data(), row[0], row[1], row[2], row[3], row[4]);
  text += line.data();
}

Row row_of(const BeancounterValues& values) {
  const auto held = values.held.value_or(0);
  return {held, values.max_held.value_or(held), values.barrier.value_or(kUnlimited),
          values.limit.value_or(kUnlimited), values.failures.value_or(0)};
}

std::unexpected<Error> bad_line(unsigned number, std::string_view what) {
  return fail(ExitCode::invalid_value,
              "user beancounters, line " + std::to_string(number) + ": " + std::string(what));
}

// "held maxheld barrier limit failcnt"
std::optional<BeancounterValues> parse_numbers(std::span<const std::string> words) {
  Row row{};
  if (words.size() != row.size()) return std::nullopt;
  for (size_t i = 0; i < row.size(); ++i) {
    const auto number = parse_unsigned(words[i]);
    if (!number) return std::nullopt;
    row[i] = *number;
  }
  return BeancounterValues{
      .held = row[0], .max_held = row[1], .barrier = row[2], .limit = row[3], .failures = row[4]};
}

}  // namespace

Result<std::optional<ContainerBeancounters>> read_container_beancounters(const GlobalConfig& global,
                                                                         const BeancounterReader& reader,
                                                                         Ctid ctid) {
  VZ_ASSIGN(const auto state, load_run_state(global.paths, ctid));
  if (!state) return std::nullopt;
  auto values = reader.read(ctid, *state, all_beancounters());
  if (!values) return std::nullopt;
  const auto config = load_container_config(global, ctid);
  set_configured_limits(config ? config->merged : global.defaults, *values);
  return ContainerBeancounters{.ctid = ctid, .values = *std::move(values)};
}

std::string user_beancounters_text(std::span<const ContainerBeancounters> containers) {
  std::array<char, 160> head{};
  std::snprintf(head.data(), head.size(), "%10s  %-12s %20s %20s %20s %20s %20s\n", "uid", "resource", "held",
                "maxheld", "barrier", "limit", "failcnt");
  std::string text = std::string(kVersion) + "\n" + head.data();
  for (const auto& container : containers) {
    size_t next = 0;
    for (unsigned line = 0; line < kLines; ++line) {
      const std::string id = line == 0 ? std::to_string(container.ctid) + ":" : "";
      const auto& kind = beancounter_kinds()[next];
      if (kind.id == line) {
        append_row(text, id, kind.name, row_of(container.values[static_cast<Beancounter>(next)]));
        ++next;
      } else {
        append_row(text, id, "dummy", {});
      }
    }
  }
  return text;
}

Result<std::vector<ContainerBeancounters>> parse_user_beancounters(std::string_view text) {
  std::vector<ContainerBeancounters> containers;
  unsigned number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (++number == 1) {
      if (trim(line) != kVersion) return bad_line(number, "expecting \"Version: 2.5\"");
      continue;
    }
    auto words = split(line, " \t\r");
    if (words.empty() || words.front() == "uid") continue;
    if (words.front().ends_with(':')) {
      const auto ctid = parse_unsigned(std::string_view(words.front()).substr(0, words.front().size() - 1));
      if (!ctid || *ctid > 0xffffffffU) return bad_line(number, "expecting a container's number");
      containers.push_back({.ctid = static_cast<Ctid>(*ctid), .values = {}});
      words.erase(words.begin());
    }
    if (containers.empty()) return bad_line(number, "a resource before the first container");
    const auto values = parse_numbers(std::span(words).subspan(words.empty() ? 0 : 1));
    if (!values) return bad_line(number, "expecting a resource and five numbers");
    if (const auto which = find_beancounter(words.front())) containers.back().values[*which] = *values;
  }
  if (number == 0) return bad_line(1, "expecting \"Version: 2.5\"");
  return containers;
}

}  // namespace vz
