#include "vzlist/ubc_fields.h"

#include <optional>
#include <string>
#include <utility>

namespace vz {

namespace {

using Json = nlohmann::ordered_json;
using Value = std::optional<std::uint64_t>;

struct Beancounter {
  const char* name;
  const char* header;
  // What there is to tell of it; null: nothing.
  std::optional<BarrierLimit> Parameters::*configured = nullptr;
  Usage Listed::*usage = nullptr;
};

constexpr Beancounter kBeancounters[] = {
    {"kmemsize", "KMEMSIZE"},
    {"lockedpages", "LOCKEDP"},
    {"privvmpages", "PRIVVMP"},
    {"shmpages", "SHMP"},
    {"numproc", "NPROC", &Parameters::numproc, &Listed::numproc},
    {"physpages", "PHYSP", &Parameters::physpages, &Listed::physpages},
    {"vmguarpages", "VMGUARP"},
    {"oomguarpages", "OOMGUARP"},
    {"numtcpsock", "NTCPSOCK"},
    {"numflock", "NFLOCK"},
    {"numpty", "NPTY"},
    {"numsiginfo", "NSIGINFO"},
    {"tcpsndbuf", "TCPSNDB"},
    {"tcprcvbuf", "TCPRCVB"},
    {"othersockbuf", "OTHSOCKB"},
    {"dgramrcvbuf", "DGRAMRB"},
    {"numothersock", "NOTHSOCK"},
    {"dcachesize", "DCACHESZ"},
    {"numfile", "NFILE"},
    {"numiptent", "NIPTENT"},
    {"swappages", "SWAPP", &Parameters::swappages, &Listed::swappages},
};

enum class Part { held, max_held, barrier, limit, failures };

Value value_of(const Beancounter& counter, Part part, const Listed& c) {
  if (counter.configured == nullptr) return std::nullopt;
  const auto& configured = c.config.merged.*counter.configured;
  if (part == Part::barrier) return configured ? Value(configured->barrier) : std::nullopt;
  if (part == Part::limit) return configured ? Value(configured->limit) : std::nullopt;
  if (!c.running()) return std::nullopt;
  const Usage& usage = c.*counter.usage;
  return part == Part::held ? usage.held : (part == Part::max_held ? usage.max_held : usage.failures);
}

Json json_of(const Beancounter& counter, const Listed& c) {
  if (counter.configured == nullptr) return nullptr;
  const auto limits = (c.config.merged.*counter.configured).value_or(BarrierLimit());
  return Json{{"held", value_of(counter, Part::held, c).value_or(0)},
              {"maxheld", value_of(counter, Part::max_held, c).value_or(0)},
              {"barrier", limits.barrier},
              {"limit", limits.limit},
              {"failcnt", value_of(counter, Part::failures, c).value_or(0)}};
}

Field part_field(const Beancounter& counter, const char* suffix, const char* header_suffix, Part part) {
  return {.name = std::string(counter.name) + suffix,
          .header = std::string(counter.header) + header_suffix,
          .width = 10,
          .text =
              [&counter, part](const Listed& c, bool) {
                const Value value = value_of(counter, part, c);
                return value ? std::to_string(*value) : std::string("-");
              },
          .json = {},
          .compare =
              [&counter, part](const Listed& a, const Listed& b) {
                const Value left = value_of(counter, part, a);
                const Value right = value_of(counter, part, b);
                return left < right ? -1 : (right < left ? 1 : 0);
              }};
}

}  // namespace

std::vector<Field> ubc_fields() {
  std::vector<Field> fields;
  for (const auto& counter : kBeancounters) {
    Field held = part_field(counter, "", "", Part::held);
    held.json = [&counter](const Listed& c) { return json_of(counter, c); };
    fields.push_back(std::move(held));
    fields.push_back(part_field(counter, ".m", ".M", Part::max_held));
    fields.push_back(part_field(counter, ".b", ".B", Part::barrier));
    fields.push_back(part_field(counter, ".l", ".L", Part::limit));
    fields.push_back(part_field(counter, ".f", ".F", Part::failures));
  }
  return fields;
}

}  // namespace vz
