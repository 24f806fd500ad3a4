// Any text as the value of any parameter: the first byte picks the row of the table, the second one of its
// parsers and whether the text stands in a file. What a parser takes is read back when it is written; what it
// refuses leaves no trace.

#include <vector>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "tests/fuzz/fuzz.h"

namespace vz {
namespace {

std::vector<ParseParameter> parsers_of(const Parameter& row) {
  std::vector<ParseParameter> parsers{row.parse};
  for (const auto& option : row.options) {
    if (option.parse != nullptr) parsers.push_back(option.parse);
  }
  return parsers;
}

void check(const Parameter& row, ParseParameter parse, bool in_file, std::string_view text) {
  const std::string key(row.key);
  Parameters parsed;
  ParseContext context;
  context.truncate = in_file;
  if (const auto result = parse(text, context, parsed); !result) {
    must_hold(is_empty(parsed), key + ": a refused text leaves no trace");
    must_hold(!result.error().text().empty(), key + ": an error says something");
    return;
  }
  const auto printed = row.print(parsed);
  must_hold(printed.has_value() || row.equal(parsed, Parameters()), key + ": what is set can be written");
  if (!printed) return;
  ConfigEditor editor("");
  must_hold(editor.set(key, *printed).has_value(), key + ": its own text can be saved: " + *printed);
  const auto saved = parse_config_text(editor.text()).assignments;
  must_hold(saved.size() == 1 && saved[0].key == key && saved[0].value == *printed,
            key + ": its own text is saved as it is: " + *printed);
  Parameters again;
  ParseContext file;
  file.truncate = true;
  must_hold(row.parse(*printed, file, again).has_value(), key + ": its own text is read: " + *printed);
  must_hold(row.equal(parsed, again), key + ": its own text means the same: " + *printed);
  must_hold(row.print(again) == printed, key + ": its own text is stable: " + *printed);
  Parameters taken;
  row.take(parsed, taken);
  must_hold(row.equal(parsed, taken), key + ": it can be taken over");
  row.clear(taken);
  must_hold(is_empty(taken), key + ": it can be taken back");
}

}  // namespace
}  // namespace vz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto table = vz::parameter_table();
  const auto& row = table[data[0] % table.size()];
  const auto parsers = vz::parsers_of(row);
  const bool in_file = data[1] % 2 == 0;
  vz::check(row, parsers[data[1] / 2 % parsers.size()], in_file, vz::as_text(data + 2, size - 2));
  return 0;
}
