#include "tools/vzubc/table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "tools/running_beancounters.h"

namespace vz {

namespace {

enum class Weight { none, close, over };

struct Row {
  const BeancounterKind* kind = nullptr;
  std::uint64_t held = 0, max_held = 0, barrier = 0, limit = 0, failures = 0;
  std::string change{};  // of held: "+1.5K"; empty: none
};

bool is_unlimited(std::uint64_t value) {
  constexpr std::uint64_t kUnlimited32 = 2147483647;
  return value >= kUnlimited || value == kUnlimited32;
}

class Tables {
 public:
  Tables(const UbcView& view, const UbcMemory& memory) : view_(view), memory_(memory) {
    // What is held now says more than what once was.
    view_.held_ratio = std::min(view_.held_ratio, view_.max_held_ratio);
  }

  void add(const ContainerBeancounters& container) {
    bool first = true;
    for (size_t i = 0; i < kBeancounters; ++i) {
      const auto& values = container.values[static_cast<Beancounter>(i)];
      if (values == BeancounterValues()) continue;
      const Row row = look_at(container.ctid, beancounter_kinds()[i], values);
      if (!wanted(row)) continue;
      if (first) text_ += (text_.empty() ? "" : "\n") + header(container.ctid);
      first = false;
      text_ += line(row);
    }
  }

  std::string text() const { return text_.empty() ? "" : text_ + rule() + "\n"; }

 private:
  std::string rule() const { return std::string(view_.incremental ? 74 : 67, '-'); }

  std::string header(Ctid ctid) const {
    std::string id = std::to_string(ctid);
    id.resize(std::max<size_t>(id.size(), 10), ' ');
    const char* wide = view_.incremental ? "-------" : "";
    return color("\033[1;32m") + rule() + "\nCT " + id + "| HELD" + (view_.incremental ? "  +/-  " : "") +
           "  Bar%  Lim%| MAXH  Bar%  Lim%| BAR | LIM |" + (view_.relative ? "+" : " ") + "FAIL\n" +
           "-------------+-----------------" + wide + "+-----------------+-----+-----+-----" +
           color("\033[0;39m") + "\n";
  }

  Row look_at(Ctid ctid, const BeancounterKind& kind, const BeancounterValues& values) {
    Row row{.kind = &kind,
            .held = values.held.value_or(0),
            .max_held = values.max_held.value_or(values.held.value_or(0)),
            .barrier = values.barrier.value_or(kUnlimited),
            .limit = values.limit.value_or(kUnlimited),
            .failures = values.failures.value_or(0)};
    if (view_.relative && row.failures > 0) {
      const auto before = memory_.recall(ctid, kind.name, "failcnt");
      memory_.keep(ctid, kind.name, "failcnt", row.failures);
      // Fewer than before: another life of the container.
      if (before && *before <= row.failures) row.failures -= *before;
    }
    if (view_.incremental) {
      const auto before = memory_.recall(ctid, kind.name, "held");
      if (before != row.held) memory_.keep(ctid, kind.name, "held", row.held);
      if (before && *before != row.held) {
        const bool more = row.held > *before;
        row.change = (more ? "+" : "-") + amount(row, more ? row.held - *before : *before - row.held);
      }
    }
    return row;
  }

  Weight weight(const Row& row) const {
    if (row.failures > 0) return Weight::over;
    const auto barrier = static_cast<double>(row.barrier == 0 ? row.limit : row.barrier);
    const auto held = static_cast<double>(row.held);
    if (held > barrier) return Weight::over;
    if (held > barrier * view_.held_ratio) return Weight::close;
    return static_cast<double>(row.max_held) > barrier * view_.max_held_ratio ? Weight::close : Weight::none;
  }

  bool wanted(const Row& row) const {
    if (!row.change.empty()) return true;
    if (view_.quiet && weight(row) == Weight::none) return false;
    return view_.verbose || !is_unlimited(row.barrier);
  }

  static std::string amount(const Row& row, std::uint64_t value) {
    return short_amount(value, row.kind->unit == Unit::pages);
  }
  static std::string percent(std::uint64_t part, std::uint64_t whole) {
    return short_percent(static_cast<double>(part), static_cast<double>(whole), 2);
  }

  std::string line(const Row& row) const {
    std::array<char, 256> change{};
    if (view_.incremental) std::snprintf(change.data(), change.size(), "%7s", row.change.c_str());
    std::array<char, 512> text{};
    std::snprintf(text.data(), text.size(), "%13s|%5s%s %5s %5s|%5s %5s %5s|%5s|%5s| %5s\n",
                  std::string(row.kind->name).c_str(), amount(row, row.held).c_str(), change.data(),
                  percent(row.held, row.barrier).c_str(), percent(row.held, row.limit).c_str(),
                  amount(row, row.max_held).c_str(), percent(row.max_held, row.barrier).c_str(),
                  percent(row.max_held, row.limit).c_str(), amount(row, row.barrier).c_str(),
                  amount(row, row.limit).c_str(), short_amount(row.failures, false).c_str());
    const Weight heavy = weight(row);
    return color(heavy == Weight::over    ? "\033[1;31m"
                 : heavy == Weight::close ? "\033[1;33m"
                                          : "\033[0;39m") +
           text.data() + color("\033[0;39m");
  }

  std::string color(const char* code) const { return view_.color ? code : ""; }

  UbcView view_;
  const UbcMemory& memory_;
  std::string text_;
};

}  // namespace

std::string ubc_tables(const UbcView& view, const std::vector<ContainerBeancounters>& containers,
                       const UbcMemory& memory) {
  Tables tables(view, memory);
  for (const auto& container : containers) tables.add(container);
  return tables.text();
}

}  // namespace vz
