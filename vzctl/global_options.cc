#include "vzctl/global_options.h"

namespace vz {

GlobalOptions take_global_options(std::vector<std::string>& words) {
  GlobalOptions options;
  size_t taken = 0;
  for (; taken < words.size() && !options.version; ++taken) {
    const auto& word = words[taken];
    if (word == "--quiet") {
      options.quiet = true;
    } else if (word == "--verbose") {
      options.verbosity = options.verbosity.value_or(0) + 1;
    } else if (word == "--skiplock") {
      options.skip_lock = true;
    } else if (word == "--version") {
      options.version = true;
    } else {
      break;
    }
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(taken));
  return options;
}

std::string version_line() {
  return "vzctl version " VZ_VERSION;
}

}  // namespace vz
