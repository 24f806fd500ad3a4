#include "vzlist/options.h"

#include <getopt.h>

#include <algorithm>

#include "libvz/core/text.h"
#include "vzlist/fields.h"

namespace vz {

namespace {

constexpr const char* kDefaultFields = "ctid,numproc,status,ip,hostname";
constexpr const char* kNameFields = "smart_name,numproc,status,ip,hostname";

const option kLongOptions[] = {{"all", no_argument, nullptr, 'a'},
                               {"stopped", no_argument, nullptr, 'S'},
                               {"name", no_argument, nullptr, 'n'},
                               {"no-header", no_argument, nullptr, 'H'},
                               {"no-trim", no_argument, nullptr, 't'},
                               {"json", no_argument, nullptr, 'j'},
                               {"output", required_argument, nullptr, 'o'},
                               {"sort", required_argument, nullptr, 's'},
                               {"hostname", required_argument, nullptr, 'h'},
                               {"name_filter", required_argument, nullptr, 'N'},
                               {"description", required_argument, nullptr, 'd'},
                               {"list", no_argument, nullptr, 'L'},
                               {"help", no_argument, nullptr, 'e'},
                               {nullptr, 0, nullptr, 0}};

Result<void> set_fields(ListOptions& options, const std::string& text) {
  constexpr size_t kLongestName = 30;
  options.fields_given = true;
  options.fields.clear();
  // A comma at the end is fine, an empty name is not.
  size_t begin = 0;
  do {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, comma - begin);
    if (name.size() > kLongestName) return fail(ExitCode::set_ubc, "Invalid field: " + name);
    if (find_field(name) == nullptr) return fail(ExitCode::set_ubc, "Unknown field: " + name);
    options.fields.push_back(name);
    begin = comma + 1;
  } while (begin < text.size());
  return {};
}

Result<void> set_sort(ListOptions& options, const std::string& text) {
  options.reverse = text.starts_with('-');
  options.sort = text.substr(options.reverse ? 1 : 0);
  if (find_field(options.sort) != nullptr) return {};
  return fail(ExitCode::set_ubc, "Invalid sort field name: " + options.sort);
}

Result<void> take(ListOptions& options, int code) {
  const std::string value = optarg == nullptr ? "" : optarg;
  switch (code) {
    case 'a':
      options.which = Which::all;
      break;
    case 'S':
      options.which = Which::stopped;
      break;
    case 'n':
      return set_fields(options, kNameFields);
    case 'H':
      options.no_header = true;
      break;
    case 't':
      options.no_trim = true;
      break;
    case 'j':
      options.json = true;
      break;
    case 'o':
      return set_fields(options, value);
    case '1':
      options.no_header = true;
      return set_fields(options, "veid");
    case 's':
      return set_sort(options, value);
    case 'h':
      options.hostname = value;
      break;
    case 'N':
      options.name = value;
      break;
    case 'd':
      options.description = value;
      break;
    case 'L':
      options.list_fields = true;
      break;
    default:
      options.help = true;
  }
  return {};
}

}  // namespace

Result<ListOptions> parse_list_options(int argc, char** argv) {
  ListOptions options;
  for (;;) {
    const int code = getopt_long(argc, argv, "aSnHtjo:1s:h:N:d:Le", kLongOptions, nullptr);
    if (code < 0) break;
    VZ_TRY(take(options, code));
    if (options.help) return options;
  }
  options.containers.assign(argv + optind, argv + argc);
  if (!options.fields_given && !options.json) options.fields = split(kDefaultFields, ",");
  if (!options.json) return options;
  for (const auto& name : options.fields) {
    if (find_field(name)->json == nullptr) {
      return fail(ExitCode::set_ubc, "Field `" + name + "' is not available in JSON output");
    }
  }
  return options;
}

std::string list_usage() {
  return "Usage: vzlist [-a | -S] [-n] [-H] [-t] [-j] [-o field[,field...] | -1] [-s [-]field]\n"
         "              [-h pattern] [-N pattern] [-d pattern] [CTID|name ...]\n"
         "       vzlist -L\n"
         "\n"
         "Options:\n"
         "  -a, --all                   all containers, not only running ones\n"
         "  -S, --stopped               only containers that do not run\n"
         "  -n, --name                  show names instead of CTIDs\n"
         "  -H, --no-header             no header line\n"
         "  -t, --no-trim               show lists whole\n"
         "  -j, --json                  JSON\n"
         "  -o, --output FIELD[,...]    show these fields\n"
         "  -1                          only CTIDs, no header\n"
         "  -s, --sort [-]FIELD         sort by this field, with - in reverse\n"
         "  -h, --hostname PATTERN      only containers with such a host name\n"
         "  -N, --name_filter PATTERN   only containers with such a name\n"
         "  -d, --description PATTERN   only containers with such a description\n"
         "  -L, --list                  list all fields\n"
         "  -e, --help                  this\n";
}

}  // namespace vz
