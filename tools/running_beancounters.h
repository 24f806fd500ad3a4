#pragma once

#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/host/user_beancounters.h"

namespace vz {

// The beancounters of the running containers, ascending by number: what they hold by the kernel, what they
// may hold by their configuration. One that stops meanwhile is left out.
Result<std::vector<ContainerBeancounters>> running_beancounters(const GlobalConfig& global);

// Those in a file in the shape of /proc/user_beancounters; "-" is standard input. A file without a line
// "Version:" is taken for one of the version that we know. Another version: "unknown version: X".
Result<std::vector<ContainerBeancounters>> beancounters_of_file(const std::string& path);

// "12.3K", "5G": in bytes (pages: in pages of the host), at most five characters for sizes below 1000 P. What
// is 0 or unlimited: "- ". Source: vzubc of vzctl 4.x.
std::string short_amount(std::uint64_t value, bool pages);

// "5.2%", "48%": part of whole in percent, with so many digits below 10; "- " where there is nothing to tell.
std::string short_percent(double part, double whole, int digits);

}  // namespace vz
