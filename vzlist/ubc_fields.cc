#include "vzlist/ubc_fields.h"

#include "vzlist/field_kinds.h"

namespace vz {

namespace {

using Part = std::optional<std::uint64_t> BeancounterValues::*;

// In the order of Beancounter. They are listed with swappages last, as there.
constexpr const char* kHeaders[kBeancounters] = {
    "KMEMSIZE", "LOCKEDP",  "PRIVVMP",  "SHMP",     "NPROC",    "PHYSP",   "VMGUARP",
    "OOMGUARP", "NTCPSOCK", "NFLOCK",   "NPTY",     "NSIGINFO", "TCPSNDB", "TCPRCVB",
    "OTHSOCKB", "DGRAMRB",  "NOTHSOCK", "DCACHESZ", "NFILE",    "NIPTENT", "SWAPP"};

Field part_field(Beancounter which, const char* suffix, const char* header_suffix, Part part) {
  constexpr int kWidth = 10;
  const auto index = static_cast<size_t>(which);
  Field field = number_field(std::string(beancounter_kinds()[index].name) + suffix,
                             std::string(kHeaders[index]) + header_suffix, kWidth,
                             [which, part](const Listed& c) { return c.beancounters[which].*part; });
  field.json = nullptr;
  if (part == &BeancounterValues::barrier || part == &BeancounterValues::limit) {
    field.needs.limits = true;
  } else {
    field.needs.beancounters.set(index);
  }
  return field;
}

void append_object(const BeancounterValues& values, std::string& out) {
  JsonObject object(out);
  object.add("held", values.held.value_or(0));
  object.add("maxheld", values.max_held.value_or(values.held.value_or(0)));
  object.add("barrier", values.barrier.value_or(kUnlimited));
  object.add("limit", values.limit.value_or(kUnlimited));
  object.add("failcnt", values.failures.value_or(0));
  object.end();
}

}  // namespace

void append_ubc_fields(std::vector<Field>& table) {
  for (size_t index = 0; index < kBeancounters; ++index) {
    const auto which = static_cast<Beancounter>(index);
    Field all = part_field(which, "", "", &BeancounterValues::held);
    all.json = [which](const Listed& c, std::string& out) { append_object(c.beancounters[which], out); };
    table.push_back(std::move(all));
    table.push_back(part_field(which, ".m", ".M", &BeancounterValues::max_held));
    table.push_back(part_field(which, ".b", ".B", &BeancounterValues::barrier));
    table.push_back(part_field(which, ".l", ".L", &BeancounterValues::limit));
    table.push_back(part_field(which, ".f", ".F", &BeancounterValues::failures));
  }
}

}  // namespace vz
