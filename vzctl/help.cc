#include "vzctl/help.h"

#include "vzctl/global_options.h"

namespace vz {

namespace {

std::string synopsis(const CommandSpec& command) {
  std::string text = "vzctl " + std::string(command.words.front());
  if (command.of_container) text += " <ctid>";
  if (!command.arguments.empty()) text += " " + std::string(command.arguments);
  return text;
}

}  // namespace

std::string usage() {
  std::string text = version_line() +
                     "\n"
                     "Copyright (C) the vzctl authors\n"
                     "Licensed under the GNU General Public License, version 2 or later\n"
                     "\n"
                     "Usage: vzctl [options] <command> <ctid> [parameters]\n"
                     "\n"
                     "Options (before the command):\n"
                     "  --quiet     print nothing but errors that concern the command line\n"
                     "  --verbose   print more; may be repeated\n"
                     "  --skiplock  do not lock the container\n"
                     "  --version   print the version\n"
                     "  --help      print this; after a command: what that command takes\n"
                     "\n"
                     "Commands (<ctid> is a number or a name):\n";
  for (const auto& command : command_table()) {
    if (!command.hidden) text += "  " + synopsis(command) + "\n";
  }
  return text + "\nsuspend is also called chkpnt; resume, restore; destroy, delete.\n";
}

std::string command_usage(const CommandSpec& command) {
  std::string text = "Usage: " + synopsis(command) + "\n";
  if (command.words.size() > 1) {
    text += "Also called:";
    for (size_t i = 1; i < command.words.size(); ++i) text += " " + std::string(command.words[i]);
    text += "\n";
  }
  if (command.options == nullptr) return text;
  return text + "\nOptions:\n" + options_help(command.options());
}

}  // namespace vz
