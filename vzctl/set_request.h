#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/changes.h"
#include "vzctl/command.h"

namespace vz {

// What the words of one `vzctl set` say.
struct SetRequest {
  enum class Mode { report, ignore, restart };

  Changes changes;
  std::vector<std::string> passwords;  // "user:password"
  std::optional<std::string> sample;   // --applyconfig
  bool save = false;
  bool force = false;
  Mode mode = Mode::report;
  bool offline_resize = false;
  bool skip_arpdetect = false;  // do not look for other holders of a new address
  bool reset_ub = false;
  bool remake_name_link = false;  // --applyconfig_map name
};

std::vector<Option> set_options(SetRequest& request);

// Parses the words and checks what can be checked without the container.
Result<SetRequest> parse_set(const CommandLine& line);

}  // namespace vz
