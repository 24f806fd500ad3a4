#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

enum class Which { running, all, stopped };

// The command line of vzlist.
struct ListOptions {
  Which which = Which::running;
  bool no_header = false;
  bool no_trim = false;
  bool json = false;
  bool help = false;         // --help, or an option that is not known
  bool list_fields = false;  // -L
  std::vector<std::string> fields;
  bool fields_given = false;
  std::string sort = "ctid";
  bool reverse = false;
  std::string hostname;  // fnmatch(3) patterns; empty: any
  std::string name;
  std::string description;
  std::vector<std::string> containers;  // ids or names
};

// Errors: a field that is not known (the message as it is to be printed).
Result<ListOptions> parse_list_options(int argc, char** argv);

std::string list_usage();

}  // namespace vz
