#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

struct MigrateOptions {
  bool help = false;
  bool remove_area = true;  // -r
  bool online = false;
  bool keep_destination = false;
  bool times = false;  // -t
  bool check_only = false;
  bool ignore_cpu = false;         // --nodeps=cpu
  int verbosity = 0;               // -v, repeatable
  std::vector<std::string> ssh;    // words of --ssh
  std::vector<std::string> rsync;  // words of --rsync
  std::string host;                // [user@]host
  std::vector<std::string> containers;
};

// "Invalid usage: …" with exit code usage of vzmigrate. Long options may be abbreviated and stand anywhere.
Result<MigrateOptions> parse_migrate_options(int argc, char** argv);

std::string migrate_usage();

// The long options, for the man page's test.
std::vector<std::string> migrate_option_names();

}  // namespace vz
