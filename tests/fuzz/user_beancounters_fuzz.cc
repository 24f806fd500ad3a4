// Any text as /proc/user_beancounters: what is read from it is read again from our own text.

#include "libvz/host/user_beancounters.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = vz::parse_user_beancounters(vz::as_text(data, size));
  if (!read) return 0;
  const auto again = vz::parse_user_beancounters(vz::user_beancounters_text(*read));
  vz::must_hold(again && again->size() == read->size(), "our own text is read");
  for (size_t i = 0; i < read->size(); ++i) {
    vz::must_hold((*again)[i].ctid == (*read)[i].ctid, "containers keep their order");
    for (size_t which = 0; which < vz::kBeancounters; ++which) {
      const auto& values = (*read)[i].values[static_cast<vz::Beancounter>(which)];
      const auto& back = (*again)[i].values[static_cast<vz::Beancounter>(which)];
      vz::must_hold(!values.held || values == back, "values are read back");
    }
  }
  return 0;
}
