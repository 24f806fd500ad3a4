#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "tools/container_word.h"
#include "tools/running_beancounters.h"
#include "tools/tools.h"
#include "tools/vzubc/table.h"

namespace vz {

namespace {

struct Settings {
  UbcView view;
  bool thresholds = false;
  bool watch = false;
  bool differences = false;
  bool no_title = false;
  std::string interval;
  bool clear_failures = false;
  bool clear_held = false;
  std::string store;  // empty: the default
  std::string file;
  bool from_file = false;
};

Option threshold_option(std::string name, std::string help, double& into, Settings& settings) {
  return {.name = std::move(name),
          .letter = 0,
          .argument = "RATIO",
          .help = std::move(help),
          .take = [&into, &settings](const std::string& value) -> Result<void> {
            const auto ratio = parse_factor(value);
            if (!ratio) return fail(ExitCode::invalid_value, "invalid ratio: " + value);
            into = *ratio > 1 ? *ratio / 100 : *ratio;  // percent
            settings.thresholds = true;
            return {};
          }};
}

Option directory_option(std::string name, std::string help, Settings& settings) {
  return {.name = std::move(name),
          .letter = 0,
          .argument = "DIR",
          .help = std::move(help),
          .take = [&settings](const std::string& value) -> Result<void> {
            if (value.empty()) return fail(ExitCode::invalid_value, "no directory given");
            settings.store = value;
            return {};
          }};
}

Option interval_option(Settings& settings) {
  return {.name = "wn",
          .letter = 0,
          .argument = "SECONDS",
          .help = "as -w, every so many seconds",
          .take = [&settings](const std::string& value) -> Result<void> {
            const auto seconds = parse_factor(value);
            if (!seconds || *seconds < 0.1 || *seconds > 86400)
              return fail(ExitCode::invalid_value, "invalid interval: " + value + " (0.1 to 86400 seconds)");
            settings.watch = true;
            settings.interval = value;
            return {};
          }};
}

Option watch_flag(std::string name, std::string help, bool& into, Settings& settings) {
  return {.name = std::move(name),
          .letter = 0,
          .argument = {},
          .help = std::move(help),
          .take = [&into, &settings](const std::string&) -> Result<void> {
            into = true;
            settings.watch = true;
            return {};
          }};
}

std::vector<Option> options_into(Settings& s) {
  return {
      flag_option("watch", 'w', "show it again and again, by watch(1)", s.watch),
      watch_flag("wd", "as -w, and mark what changes", s.differences, s),
      watch_flag("wt", "as -w, without watch's title", s.no_title, s),
      interval_option(s),
      flag_option("quiet", 'q', "only what is close to its limit or was refused", s.view.quiet),
      threshold_option("qh", "held/barrier from which on it is close (default 0.5)", s.view.held_ratio, s),
      threshold_option("qm", "the same for maxheld (default 0.8)", s.view.max_held_ratio, s),
      flag_option("verbose", 'v', "also what has no limit", s.view.verbose),
      flag_option("relative", 'r', "refusals since the last time", s.view.relative),
      flag_option("rc", 0, "forget the refusals of last time", s.clear_failures),
      directory_option("rd", "where last time's values are kept", s),
      flag_option("incremental", 'i', "how what is held has changed since the last time", s.view.incremental),
      flag_option("ic", 0, "forget what was held last time", s.clear_held),
      directory_option("id", "as -rd", s),
      flag_option("color", 'c', "colours, by the same thresholds as -q", s.view.color),
      {.name = "file",
       .letter = 'f',
       .argument = "FILE",
       .help = "read this file (-: standard input) instead of the running containers",
       .take = [&s](const std::string& value) -> Result<void> {
         s.file = value;
         s.from_file = true;
         return {};
       }}};
}

std::string contradiction(const Settings& settings) {
  if (settings.watch && settings.view.color) return "can't use --watch and --color together";
  if (settings.thresholds && !settings.view.color && !settings.view.quiet)
    return "-qh and -qm only make sense with --quiet or --color";
  if (settings.view.quiet && settings.view.verbose)
    return "options --quiet and --verbose can't be used together";
  if (settings.watch && settings.from_file && settings.file == "-")
    return "can't use --watch with standard input";
  return {};
}

// Becomes watch(1), which calls this program without --watch.
int become_watch(const Tool& tool, const Settings& settings, const std::vector<std::string>& words) {
  if (find_program("watch") == "watch") return refuse(tool, "watch is not installed (package procps)", 1);
  // -x: no shell between.
  std::vector<std::string> argv = {find_program("watch"), "-x"};
  if (settings.differences) argv.emplace_back("-d");
  if (settings.no_title) argv.emplace_back("-t");
  if (!settings.interval.empty()) argv.insert(argv.end(), {"-n", settings.interval});
  argv.emplace_back("--");
  argv.push_back(read_link("/proc/self/exe").value_or("vzubc"));
  const UbcView& view = settings.view;
  if (view.quiet) {
    argv.insert(argv.end(),
                {"-q", "--qh", std::to_string(view.held_ratio), "--qm", std::to_string(view.max_held_ratio)});
  }
  if (view.verbose) argv.emplace_back("-v");
  if (view.relative) argv.emplace_back("-r");
  if (view.incremental) argv.emplace_back("-i");
  if (!settings.store.empty()) argv.insert(argv.end(), {"--rd", settings.store});
  if (settings.from_file) argv.insert(argv.end(), {"-f", settings.file});
  argv.emplace_back("--");
  argv.insert(argv.end(), words.begin(), words.end());
  std::vector<char*> raw;
  for (auto& word : argv) raw.push_back(word.data());
  raw.push_back(nullptr);
  execv(raw.front(), raw.data());
  return refuse(tool, std::string("cannot run watch: ") + std::strerror(errno), 1);
}

// Last time's values, a file each: ubc.CTID.NAME.failcnt, ubc.CTID.NAME.held.
class Store {
 public:
  explicit Store(const Settings& settings)
      : directory_(settings.store.empty() ? Paths(test_prefix()).state + "/vzubc.store" : settings.store) {}

  Result<void> prepare() const {
    VZ_TRY(make_directories(directory_, 0700));
    if (access(directory_.c_str(), W_OK) < 0) return fail_errno(ExitCode::system, "write to " + directory_);
    return {};
  }

  Result<void> forget(const std::string& kind) const {
    if (!exists(directory_)) return {};
    VZ_ASSIGN(const auto names, list_directory(directory_));
    for (const auto& name : names) {
      if (!name.starts_with("ubc.") || !name.ends_with("." + kind)) continue;
      const std::string file = directory_ + "/" + name;
      if (unlink(file.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "remove " + file);
    }
    return {};
  }

  UbcMemory memory() {
    return {
        .recall = [this](Ctid ctid, std::string_view name, const char* kind) -> std::optional<std::uint64_t> {
          const auto text = read_file(file(ctid, name, kind));
          return text ? parse_unsigned(trim(*text)) : std::nullopt;
        },
        .keep =
            [this](Ctid ctid, std::string_view name, const char* kind, std::uint64_t value) {
              auto kept = write_file_atomically(file(ctid, name, kind), std::to_string(value) + "\n", 0600);
              if (!kept && error_.empty()) error_ = kept.error().text();
            }};
  }
  // The first value that could not be kept.
  const std::string& error() const { return error_; }

 private:
  std::string file(Ctid ctid, std::string_view name, const char* kind) const {
    return directory_ + "/ubc." + std::to_string(ctid) + "." + std::string(name) + "." + kind;
  }
  std::string directory_;
  std::string error_;
};

Result<std::vector<ContainerBeancounters>> collect(const Settings& settings) {
  if (settings.from_file) return beancounters_of_file(settings.file);
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  return running_beancounters(global);
}

Result<void> show(const Tool& tool, const Settings& settings, const std::vector<Ctid>& wanted) {
  VZ_ASSIGN(auto containers, collect(settings));
  for (const Ctid ctid : wanted) {
    if (std::ranges::find(containers, ctid, &ContainerBeancounters::ctid) == containers.end())
      refuse(tool, "nothing is known of container " + std::to_string(ctid) + ": it is not running", 0);
  }
  if (!wanted.empty()) {
    std::erase_if(containers, [&](const ContainerBeancounters& each) {
      return std::ranges::find(wanted, each.ctid) == wanted.end();
    });
  }
  Store store(settings);
  if (settings.clear_failures) VZ_TRY(store.forget("failcnt"));
  if (settings.clear_held) VZ_TRY(store.forget("held"));
  if (settings.view.relative || settings.view.incremental) VZ_TRY(store.prepare());
  std::fputs(ubc_tables(settings.view, containers, store.memory()).c_str(), stdout);
  if (!store.error().empty()) return fail(ExitCode::system, store.error());
  return {};
}

int run_vzubc(const Tool& tool, const Settings& settings, const std::vector<std::string>& words) {
  if (const std::string what = contradiction(settings); !what.empty()) {
    std::fprintf(stderr, "Error: %s\n", what.c_str());
    return refuse_usage(tool);
  }
  std::vector<Ctid> wanted;
  for (const auto& word : words) {
    const auto ctid = container_of_word(word);
    if (!ctid) return refuse(tool, ctid.error().text(), 1);
    wanted.push_back(*ctid);
  }
  if (settings.watch) return become_watch(tool, settings, words);
  configure_log({.program = "vzubc", .file = {}, .verbosity = -1});
  const auto shown = show(tool, settings, wanted);
  if (shown) return 0;
  std::fprintf(stderr, "Error: %s\n", shown.error().text().c_str());
  return 1;
}

}  // namespace

Tool vzubc_tool() {
  const auto settings = std::make_shared<Settings>();
  return {
      .name = "vzubc",
      .synopsis = {"[options] [CTID|name ...]"},
      .about =
          "Shows what the running containers hold of each resource, and what they may hold.\n"
          "Exit codes: 0 done, 1 failed or usage.\n",
      .options = options_into(*settings),
      .run = [settings](const Tool& tool,
                        const std::vector<std::string>& words) { return run_vzubc(tool, *settings, words); },
      .short_pairs = true};
}

}  // namespace vz
