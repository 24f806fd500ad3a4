#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/core/result.h"

namespace vz {

// The text of vz.conf, CTID.conf, ve-*.conf-sample and dists/*.conf: KEY="value" lines that a shell can
// source too. Grammar: ctid.conf(5); source: vzctl 4.x.

struct Assignment {
  std::string key;
  std::string value;
  unsigned line = 0;
};

struct Malformed {
  unsigned line = 0;
  std::string reason;  // "'=' not found", "unmatched quotes", "too long value"
};

struct ConfigText {
  std::vector<Assignment> assignments;  // in the order of the file
  std::vector<Malformed> malformed;
};

ConfigText parse_config_text(std::string_view text);
// As parse_config_text, with a logged warning for each malformed line.
ConfigText parse_config_text(const std::string& path, std::string_view text);

// Reads CT parameters out of a file. Whatever is wrong is logged with file and line, and skipped.
// Returns the assignments whose keys are no CT parameters.
std::vector<Assignment> read_parameters(const std::string& path, std::string_view text, Parameters& into);

// Logs "Warning at PATH:LINE: WHAT for KEY ("VALUE"), CONSEQUENCE".
void warn_at(const std::string& path, const Assignment& at, std::string_view what,
             std::string_view consequence);

// Changes keys of a configuration file and leaves every other line, and their order, as they are.
class ConfigEditor {
 public:
  explicit ConfigEditor(std::string_view text);

  // The first line that sets the key, or alias, another name of it, is replaced; later ones that would undo
  // that are dropped; a new key goes to the end. What the shell or the reader would take for syntax is
  // escaped. A line break or another control character in the value is refused, exit code invalid_value.
  Result<void> set(std::string_view key, std::string_view value, std::string_view alias = {});
  void remove(std::string_view key);

  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

// Writes a configuration file atomically. An existing one keeps its mode and owner.
Result<void> write_config_file(const std::string& path, std::string_view text);

}  // namespace vz
