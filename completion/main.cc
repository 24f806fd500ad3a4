// Makes the bash completion: the template in the first argument, with @TABLES@ replaced by shell functions
// that hold the programs' commands, options and fields; those of the small programs are made by tools.cc and
// stand in the file in the second argument. Runs at build time only.

#include <cstdio>
#include <regex>
#include <set>
#include <string>

#include "completion/shell.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "vzctl/command.h"
#include "vzlist/fields.h"
#include "vzlist/options.h"
#include "vzmigrate/options.h"

namespace {

using vz::Function;
using vz::joined;
using vz::Option;
using vz::option_words;
using vz::variable;

// The words that an option's argument may be: "yes|no".
bool is_choice(const std::string& argument) {
  static const std::regex choice("[a-z][a-z_]*(\\|[a-z][a-z_]*)+");
  return std::regex_match(argument, choice);
}

bool is_file(const std::string& argument) {
  static const std::regex file("(FILE|PATH|DIR|file|path|dir)");
  return std::regex_search(argument, file);
}

std::string vzctl_tables() {
  std::set<std::string> commands;
  Function options("_vz_options", "$1");
  Function takes("_vz_takes_argument", "$1:$2");
  Function files("_vz_takes_file", "$1:$2");
  Function values("_vz_values", "$1:$2");
  for (const auto& command : vz::command_table()) {
    if (command.hidden) continue;
    std::set<std::string> words(command.words.begin(), command.words.end());
    commands.insert(words.begin(), words.end());
    const auto list = command.options == nullptr ? std::vector<Option>() : command.options();
    const std::string any = vz::join({words.begin(), words.end()}, " | ");
    options.add(any, "echo \"" + joined(option_words(list)) + "\"");
    for (const auto& option : list) {
      if (option.help.empty() || option.argument.empty()) continue;
      for (const auto& word : words) {
        const std::string pattern = word + ":--" + option.name;
        takes.add(pattern, "return 0");
        if (is_file(option.argument)) files.add(pattern, "return 0");
        if (!is_choice(option.argument)) continue;
        values.add(pattern, "echo \"" + vz::join(vz::split(option.argument, "|"), " ") + "\"");
      }
    }
  }
  return variable("_vz_commands", commands) + options.text("echo --help") + takes.text("return 1") +
         files.text("return 1") + values.text("return 0");
}

std::string vzlist_tables() {
  std::set<std::string> fields;
  for (const auto& field : vz::field_table()) fields.insert(field.name);
  std::set<std::string> options;
  const std::string usage = vz::list_usage();
  const std::regex option("--[a-z][a-z_-]*");
  for (auto it = std::sregex_iterator(usage.begin(), usage.end(), option); it != std::sregex_iterator();
       ++it) {
    options.insert(it->str());
  }
  return variable("_vz_list_fields", fields) + variable("_vz_list_options", options);
}

std::string vzmigrate_tables() {
  std::set<std::string> options;
  for (const auto& name : vz::migrate_option_names()) options.insert("--" + name);
  return variable("_vz_migrate_options", options);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kPlace = "@TABLES@\n";
  auto text = vz::read_file(argc == 3 ? argv[1] : "");
  const auto tools = vz::read_file(argc == 3 ? argv[2] : "");
  const size_t at = text ? text->find(kPlace) : std::string::npos;
  if (at == std::string::npos || !tools) {
    std::fputs("Usage: vzcompletion TEMPLATE TABLES-OF-TOOLS\n", stderr);
    return 1;
  }
  text->replace(at, kPlace.size(), vzctl_tables() + vzlist_tables() + vzmigrate_tables() + *tools);
  std::fputs(text->c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
