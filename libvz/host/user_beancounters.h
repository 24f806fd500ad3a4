#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/paths.h"
#include "libvz/core/result.h"
#include "libvz/host/beancounters.h"

namespace vz {

// The text of /proc/user_beancounters and /proc/bc/resources of an OpenVZ kernel, version 2.5, which many
// programs parse. Source: OpenVZ kernel 2.6.32, 64 bit.

struct ContainerBeancounters {
  Ctid ctid = 0;
  Beancounters values;
};

// What a running container holds by the kernel, and may hold by its configuration. Nothing: it does not run,
// or no longer.
Result<std::optional<ContainerBeancounters>> read_container_beancounters(const GlobalConfig& global,
                                                                         const BeancounterReader& reader,
                                                                         Ctid ctid);

// All resources of each container, in the kernel's order, dummies included. The format has no word for what
// is not known: an unknown held or failcnt shows as 0, an unknown maxheld as held, and what has no limit as
// 9223372036854775807.
std::string user_beancounters_text(std::span<const ContainerBeancounters> containers);

// Takes the lines in any order; those of resources that are not known, dummies too, are left out. Errors
// (exit code invalid_value) name the line: another version, a line that is none, a resource before the first
// container's number.
Result<std::vector<ContainerBeancounters>> parse_user_beancounters(std::string_view text);

}  // namespace vz
