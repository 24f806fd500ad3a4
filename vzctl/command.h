#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/option_parser.h"
#include "libvz/core/result.h"

namespace vz {

// What follows the command's word and the container, before it is looked at.
struct CommandLine {
  std::string program;  // argv[0] as typed: getopt's messages begin with it
  std::string word;     // the command, as typed: some do different things under different names
  std::vector<std::string> words;
};

// What an action works on.
struct CommandContext {
  GlobalConfig global;
  ContainerConfig config;  // without a file: what vz.conf says
  bool config_exists = false;
  bool skip_lock = false;
  bool quiet = false;
};

// Does the command and returns the exit code for the case that nothing went wrong.
using CommandAction = std::function<Result<int>(CommandContext&)>;

struct CommandSpec {
  std::vector<std::string_view> words;  // first the one in use, then its aliases
  std::string_view arguments;           // for help, what follows "<ctid>"
  bool takes_lock = true;
  bool needs_config = true;  // refuses to work for a container without a file
  bool allows_ct0 = false;
  bool of_container = true;  // false: it is about the host, and no CTID follows its word
  bool hidden = false;       // not in help: called by our own programs
  bool own_help_word =
      true;  // "--help" among its words asks for help instead of being the command's own business
  // Looks at the words and makes the action out of them. Errors are told before the container is looked at.
  Result<CommandAction> (*parse)(const CommandLine& line) = nullptr;
  // For help.
  std::vector<Option> (*options)() = nullptr;
};

std::span<const CommandSpec> command_table();
// By word or alias; nullptr if there is none.
const CommandSpec* find_command(std::string_view word);

// The whole of `vzctl ARGUMENTS…`; returns the exit code.
int run_vzctl(const std::string& program, std::vector<std::string> words);

// For commands that take no words: "Invalid options: a b ", exit code invalid_syntax.
Result<void> refuse_words(const CommandLine& line);

// Defined in the file of that name.
std::vector<CommandSpec> create_commands();
std::vector<CommandSpec> destroy_commands();
std::vector<CommandSpec> mount_commands();
std::vector<CommandSpec> start_commands();
std::vector<CommandSpec> monitor_event_commands();
std::vector<CommandSpec> renew_view_commands();
std::vector<CommandSpec> status_commands();
std::vector<CommandSpec> set_commands();
std::vector<CommandSpec> unset_commands();
std::vector<CommandSpec> exec_commands();
std::vector<CommandSpec> enter_commands();
std::vector<CommandSpec> console_commands();
std::vector<CommandSpec> chkpnt_commands();
std::vector<CommandSpec> restore_commands();
std::vector<CommandSpec> quota_commands();
std::vector<CommandSpec> image_commands();
std::vector<CommandSpec> snapshot_commands();
std::vector<CommandSpec> features_commands();

}  // namespace vz
