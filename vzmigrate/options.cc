#include "vzmigrate/options.h"

#include <getopt.h>

#include "libvz/core/text.h"
#include "vzmigrate/message_stream.h"

namespace vz {

namespace {

enum LongOnly { kSsh = 256, kRsync, kSshMux, kKeepDst, kOnline, kCheckOnly, kUsage };

const option kOptions[] = {
    {"remove-area", required_argument, nullptr, 'r'},
    {"ssh", required_argument, nullptr, kSsh},
    {"ssh-mux", no_argument, nullptr, kSshMux},
    {"rsync", required_argument, nullptr, kRsync},
    {"keep-dst", no_argument, nullptr, kKeepDst},
    {"live", no_argument, nullptr, kOnline},
    {"online", no_argument, nullptr, kOnline},
    {"check-only", no_argument, nullptr, kCheckOnly},
    {"dry-run", no_argument, nullptr, kCheckOnly},
    {"nodeps", optional_argument, nullptr, 'f'},
    {"times", no_argument, nullptr, 't'},
    {"verbose", no_argument, nullptr, 'v'},
    {"help", no_argument, nullptr, 'h'},
    {"usage", no_argument, nullptr, kUsage},
    {nullptr, 0, nullptr, 0},
};

void append_words(std::vector<std::string>& words, const char* text) {
  for (auto& word : split(text, " \t")) words.push_back(std::move(word));
}

Result<void> take_nodeps(MigrateOptions& options, const char* argument) {
  if (argument == nullptr) {
    options.ignore_cpu = true;
    return {};
  }
  for (const auto& word : split(argument, ",")) {
    if (word == "cpu" || word == "cpu_check" || word == "all") {
      options.ignore_cpu = true;
    } else if (word != "ipv6") {
      return migrate_failure(MigrateCode::usage, "Invalid usage: unknown --nodeps argument: " + word);
    }
  }
  return {};
}

Result<void> take(MigrateOptions& options, int letter) {
  switch (letter) {
    case 'r': {
      const std::string value = optarg;
      if (value != "yes" && value != "no") {
        return migrate_failure(MigrateCode::usage, "Invalid usage: bad argument for -r: " + value);
      }
      options.remove_area = value == "yes";
      return {};
    }
    case kSsh:
      append_words(options.ssh, optarg);
      return {};
    case kRsync:
      append_words(options.rsync, optarg);
      return {};
    case kSshMux:  // always so
      return {};
    case kKeepDst:
      options.keep_destination = true;
      return {};
    case kOnline:
      options.online = true;
      return {};
    case kCheckOnly:
      options.check_only = true;
      return {};
    case 'f':
      return take_nodeps(options, optarg);
    case 't':
      options.times = true;
      return {};
    case 'v':
      ++options.verbosity;
      return {};
    case 'h':
    case kUsage:
      options.help = true;
      return {};
    default:
      return migrate_failure(MigrateCode::usage, "");
  }
}

}  // namespace

Result<MigrateOptions> parse_migrate_options(int argc, char** argv) {
  MigrateOptions options;
  if (argc == 1) options.help = true;
  optind = 0;
  for (int letter = 0; (letter = getopt_long(argc, argv, "r:f::tvh", kOptions, nullptr)) != -1;) {
    VZ_TRY(take(options, letter));
  }
  if (options.help) return options;
  const std::vector<std::string> words(argv + optind, argv + argc);
  if (words.size() < 2) return migrate_failure(MigrateCode::usage, "Invalid usage: not enough parameters");
  options.host = words[0];
  options.containers.assign(words.begin() + 1, words.end());
  return options;
}

std::string migrate_usage() {
  return "vzmigrate version " VZ_VERSION
         "\n"
         "Moves containers to another node.\n"
         "\n"
         "Usage: vzmigrate [options] [user@]HOST CTID|NAME ...\n"
         "  -r, --remove-area yes|no  remove the container here afterwards (yes), or keep its private area "
         "and\n"
         "                            rename its configuration to CTID.conf.migrated\n"
         "      --online, --live      move it running: processes and TCP connections go on\n"
         "      --keep-dst            leave what was copied on the destination if the migration fails\n"
         "      --ssh=\"OPTIONS\"       ssh options: -p PORT, -i FILE, -l USER, -F FILE, -o KEY=VALUE\n"
         "      --rsync=\"OPTIONS\"     more options for rsync\n"
         "      --check-only, --dry-run\n"
         "                            only check whether the destination can take it\n"
         "  -f, --nodeps[=cpu]        go on although the destination's CPU lacks something\n"
         "  -t, --times               print the times of all phases\n"
         "  -v, --verbose             say more; repeatable\n"
         "      --ssh-mux             accepted; there is always one connection only\n"
         "  -h, --help, --usage       this text\n";
}

std::vector<std::string> migrate_option_names() {
  std::vector<std::string> names;
  for (const option* each = kOptions; each->name != nullptr; ++each) names.emplace_back(each->name);
  return names;
}

}  // namespace vz
