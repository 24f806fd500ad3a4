// Any text as a configuration file: reading it ends, and changing one key of it changes nothing else.

#include <algorithm>
#include <optional>
#include <vector>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "libvz/core/log.h"
#include "tests/fuzz/fuzz.h"

namespace vz {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// As the reader sees it: a backslash stands for what follows it.
bool sets(std::string_view raw, std::string_view key) {
  std::string seen;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\') ++i;
    if (i < raw.size()) seen += raw[i];
  }
  std::string_view line = seen;
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r\v\f"), line.size()));
  return line.starts_with(key) && line.substr(key.size()).starts_with('=');
}

// The last value of a key, as a shell that sources the file would have it.
std::optional<std::string> last_value(const ConfigText& parsed, std::string_view key) {
  std::optional<std::string> value;
  for (const auto& assignment : parsed.assignments) {
    if (assignment.key == key) value = assignment.value;
  }
  return value;
}

void reads(std::string_view text) {
  Parameters parameters;
  const auto others = read_parameters("fuzz.conf", text, parameters);
  for (const auto& other : others)
    must_hold(find_parameter(other.key) == nullptr, "only other keys are others");
  // What was understood is understood again when it is written.
  ConfigEditor editor("");
  for (const auto& row : parameter_table()) {
    const auto printed = row.print(parameters);
    if (printed)
      must_hold(editor.set(row.key, *printed).has_value(), std::string(row.key) + " can be written");
  }
  Parameters again;
  must_hold(read_parameters("again.conf", editor.text(), again).empty(), "what was written is known");
  for (const auto& row : parameter_table())
    must_hold(row.equal(parameters, again), std::string(row.key) + " survives saving");
}

void edits(std::string_view text) {
  constexpr std::string_view kKey = "HOSTNAME";
  constexpr std::string_view kValue = "a \"b\" \\ $c `d`";
  const std::string unchanged = ConfigEditor(text).text();
  must_hold(unchanged == text || unchanged == std::string(text) + "\n", "an unchanged text stays");
  ConfigEditor editor(text);
  must_hold(editor.set(kKey, kValue).has_value(), "a value can be set");
  must_hold(last_value(parse_config_text(editor.text()), kKey) == kValue, "the value is read back");
  auto before = lines_of(text);
  auto after = lines_of(editor.text());
  std::erase_if(before, [&](const std::string& line) { return sets(line, kKey); });
  must_hold(std::erase_if(after, [&](const std::string& line) { return sets(line, kKey); }) == 1,
            "one line sets the key");
  must_hold(before == after, "every other line is there, in its order");
}

}  // namespace
}  // namespace vz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (vz::configure_log({.file = {}, .quiet = true}), true);
  (void)quiet;
  const std::string_view text = vz::as_text(data, size);
  vz::reads(text);
  vz::edits(text);
  return 0;
}
