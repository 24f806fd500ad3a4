#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// A command line of vzps: one of ps(1) in any of its styles (Unix -e, BSD ax, --long), with our own options
// between.
struct PsWords {
  std::optional<std::string> container;  // as given with -E or --veid
  std::vector<std::string> words;        // for ps; without those that ask for no header
  bool help = false;
  bool no_header = false;
  bool own_format = false;  // -o: which columns there are, the caller says
  bool selects = false;     // something says which processes, else ps shows those of its terminal
};

// -E without a container: exit code invalid_syntax.
Result<PsWords> read_ps_words(const std::vector<std::string>& words);

// Where a line of ps' output has the process id.
class PidColumn {
 public:
  // The column titled PID; nothing if the header has none.
  static std::optional<PidColumn> in_header(std::string_view header);
  // Nothing if there is no number in a row's place.
  std::optional<int> of(std::string_view row) const;

 private:
  size_t word_ = 0;  // number of the title among the header's words
  size_t end_ = 0;   // the title's last character
};

}  // namespace vz
