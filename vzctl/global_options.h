#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vz {

// What stands before the command. Matched literally: no abbreviations, no short forms.
struct GlobalOptions {
  bool quiet = false;
  std::optional<int> verbosity;  // number of --verbose; replaces VERBOSE of vz.conf
  bool skip_lock = false;
  bool version = false;  // --version: print it and stop
};

// Takes the leading global options off the words.
GlobalOptions take_global_options(std::vector<std::string>& words);

// "vzctl version X.Y.Z"
std::string version_line();

}  // namespace vz
