#include "vzctl/command.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "libvz/config/container_id.h"
#include "libvz/config/lock.h"
#include "libvz/container/monitor.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "vzctl/global_options.h"
#include "vzctl/help.h"

namespace vz {

namespace {

// These are told whatever --quiet says.
int refuse(const std::string& text, ExitCode code) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return static_cast<int>(code);
}

int report(const Error& error) {
  const std::string text = error.text();
  if (!text.empty()) log_error(text);
  return static_cast<int>(error.code());
}

LogSettings log_settings_for(const GlobalOptions& options, const GlobalConfig& global, Ctid ctid) {
  LogSettings settings;
  settings.file = global.log_file;
  settings.file_level = global.log_level;
  settings.verbosity = options.verbosity.value_or(global.verbose);
  settings.quiet = options.quiet;
  settings.ctid = ctid;
  return settings;
}

bool asks_for_help(const CommandSpec& command, const std::vector<std::string>& words) {
  if (words.size() > 1 && words[1] == "--help") return true;
  const auto end = std::ranges::find(words, "--");
  return command.own_help_word && std::find(words.begin(), end, "--help") != end;
}

Result<void> check_container(const CommandSpec& command, const std::string& word, CommandContext& context) {
  const Ctid ctid = context.config.ctid;
  if (ctid == 0 && !command.allows_ct0) {
    return fail(ExitCode::invalid_value, "Only set actions are allowed for CT0");
  }
  auto config = load_container_config(context.global, ctid);
  if (config) {
    context.config = *std::move(config);
    context.config_exists = true;
  } else if (command.needs_config || config.error().code() != ExitCode::no_container_config) {
    return fail(std::move(config));
  }
  const bool named = !is_numeric_id(word);
  if (named && context.config.own.name.value_or("") != word) {
    return fail(ExitCode::invalid_value, "Unable to find container by name " + word);
  }
  return {};
}

// Tells a file from what it is after somebody has written to it.
struct FileVersion {
  explicit FileVersion(const std::string& path) { known = stat(path.c_str(), &status) == 0; }
  bool operator==(const FileVersion& other) const {
    const auto same = [](const timespec& a, const timespec& b) {
      return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    return known && other.known && status.st_dev == other.status.st_dev &&
           status.st_ino == other.status.st_ino && status.st_size == other.status.st_size &&
           same(status.st_mtim, other.status.st_mtim) && same(status.st_ctim, other.status.st_ctim);
  }
  struct stat status {};
  bool known = false;
};

// A running container whose vzmonitor was killed gets a new one from whatever command comes next. One that
// takes no lock leaves it to the lock's holder, if there is any.
void keep_watched(const CommandContext& context, bool locked) {
  const GlobalConfig& global = context.global;
  const auto unwatched = is_unwatched(global, context.config);
  if (!unwatched || !*unwatched) return;
  ContainerLock lock;
  if (!locked) {
    if (exists(global.paths.lock_file(context.config.ctid))) return;
    auto acquired = ContainerLock::acquire(global.paths, context.config.ctid);
    if (!acquired) return;
    lock = *std::move(acquired);
  }
  if (auto ensured = ensure_monitor(global, context.config); !ensured) {
    log_error("Warning: the container has no vzmonitor: " + ensured.error().text());
  }
}

int run_on_host(const CommandSpec& command, const GlobalOptions& options, const CommandLine& line) {
  configure_log({.file = {}, .verbosity = options.verbosity.value_or(0), .quiet = options.quiet});
  auto global = load_global_config(test_prefix());
  if (!global) return report(global.error());
  auto action = command.parse(line);
  if (!action) return report(action.error());
  CommandContext context{.global = *std::move(global), .config = {}, .quiet = options.quiet};
  auto done = (*action)(context);
  if (!done) return report(done.error());
  return *done;
}

int run_on_container(const CommandSpec& command, const GlobalOptions& options, const CommandLine& line,
                     const std::string& container) {
  const std::string prefix = test_prefix();
  const auto ctid = resolve_ctid(Paths(prefix), container);
  if (!ctid) return refuse(ctid.error().text(), ctid.error().code());
  // What is wrong in vz.conf is told as loudly as the command line says.
  configure_log(
      {.file = {}, .verbosity = options.verbosity.value_or(0), .quiet = options.quiet, .ctid = *ctid});
  auto global = load_global_config(prefix);
  if (!global) return report(global.error());
  configure_log(log_settings_for(options, *global, *ctid));
  auto action = command.parse(line);
  if (!action) return report(action.error());
  CommandContext context{
      .global = *std::move(global), .config = {}, .skip_lock = options.skip_lock, .quiet = options.quiet};
  context.config = default_container_config(context.global, *ctid);
  const FileVersion read(context.config.file);
  if (auto checked = check_container(command, container, context); !checked) return report(checked.error());
  std::optional<ContainerLock> lock;
  if (command.takes_lock && !options.skip_lock) {
    auto acquired = ContainerLock::acquire(context.global.paths, *ctid);
    if (!acquired) return report(acquired.error());
    lock.emplace(*std::move(acquired));
    // Between its reading and the lock another command may have changed it.
    if (context.config_exists && !(FileVersion(context.config.file) == read)) {
      auto again = load_container_config(context.global, *ctid);
      if (again) context.config = *std::move(again);
    }
  }
  if (context.config_exists) keep_watched(context, command.takes_lock);
  if (command.takes_lock) catch_interrupts();
  auto done = (*action)(context);
  if (!done) return report(done.error());
  return *done;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  static const std::vector<CommandSpec> table = [] {
    std::vector<CommandSpec> all;
    for (const auto& part :
         {create_commands(), destroy_commands(), mount_commands(), start_commands(), monitor_event_commands(),
          renew_view_commands(), status_commands(), set_commands(), unset_commands(), exec_commands(),
          enter_commands(), console_commands(), chkpnt_commands(), restore_commands(), quota_commands(),
          image_commands(), snapshot_commands(), features_commands()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

const CommandSpec* find_command(std::string_view word) {
  for (const auto& command : command_table()) {
    if (std::ranges::find(command.words, word) != command.words.end()) return &command;
  }
  return nullptr;
}

int run_vzctl(const std::string& program, std::vector<std::string> words) {
  const GlobalOptions options = take_global_options(words);
  if (options.version) {
    std::puts(version_line().c_str());
    return 0;
  }
  if (words.empty()) {
    std::fputs(usage().c_str(), stderr);
    return static_cast<int>(ExitCode::invalid_syntax);
  }
  if (words[0] == "--help") {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  const CommandSpec* command = find_command(words[0]);
  if (command == nullptr) return refuse("Bad command: " + words[0], ExitCode::invalid_syntax);
  if (asks_for_help(*command, words)) {
    std::fputs(command_usage(*command).c_str(), stdout);
    return 0;
  }
  if (!command->of_container)
    return run_on_host(*command, options, {program, words[0], {words.begin() + 1, words.end()}});
  if (words.size() < 2) return refuse("CT ID missing", ExitCode::invalid_value);
  const CommandLine line{program, words[0], {words.begin() + 2, words.end()}};
  return run_on_container(*command, options, line, words[1]);
}

Result<void> refuse_words(const CommandLine& line) {
  if (line.words.empty()) return {};
  return fail(ExitCode::invalid_syntax, "Invalid options: " + each_with_blank(line.words));
}

}  // namespace vz
