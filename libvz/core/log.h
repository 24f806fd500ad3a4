#pragma once

#include <string>
#include <string_view>

namespace vz {

// Console and log file. A message of level < 0 is an error and goes to stderr; one of level >= 0 goes to
// stdout if the console verbosity is at least its level. The same text goes to the log file if its level is
// at most the file's level. Source of the rules: vzctl 4.x.

struct LogSettings {
  std::string program = "vzctl";
  std::string file;    // empty: none
  int file_level = 0;  // LOG_LEVEL
  int verbosity = 0;   // VERBOSE, or the number of --verbose
  bool quiet = false;  // --quiet: nothing on the console
  unsigned ctid = 0;   // 0: the "CT <id> : " part is left out of the file's lines
};

// May be called again; what was logged before goes only to the console. A log file that cannot be opened is
// reported once on stderr and then done without.
void configure_log(LogSettings settings);
const LogSettings& log_settings();

void log_error(std::string_view message);  // level -1
void log_info(std::string_view message, int level = 0);
// Only into the log file (level 0).
void log_file_only(std::string_view message);

}  // namespace vz
