#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/values.h"

namespace vz {

// CONFDIR/networks_classes: which addresses belong to which class of traffic, so that each can be counted and
// limited by itself. A line is "CLASS ADDRESS/LENGTH"; # begins a comment. Of several networks that an
// address is in the longest prefix decides.

struct ClassNetwork {
  unsigned traffic_class = 0;  // 0 to 15
  IpAddress network;           // with its prefix
};

// Longest prefix first. A line that cannot be read is named on the log and left out. Without any line
// everything is class 1.
std::vector<ClassNetwork> parse_network_classes(std::string_view text, const std::string& path);
// Of the file; one that is not there has no lines.
std::vector<ClassNetwork> load_network_classes(const std::string& path);

}  // namespace vz
