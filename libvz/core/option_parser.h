#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// Options as getopt_long(3) takes them: unique prefixes, --opt=value, options after arguments, and its own
// words on stderr about what it does not know, which begin with the program's path as it was typed.

struct Option {
  std::string name;  // without the dashes; empty: no long form
  char letter = 0;   // 0: no short form
  // For help: what the argument is called, what the option does. An empty help hides it.
  std::string argument;  // empty: the option takes none
  std::string help;
  // The value, empty for an option without argument.
  std::function<Result<void>(const std::string& value)> take;
  // The same for the short form, where that has words of its own; none: take.
  std::function<Result<void>(const std::string& value)> take_letter{};
};

struct OptionRules {
  std::string program;  // argv[0]
  ExitCode unknown = ExitCode::invalid_syntax;
  // Letters that are parsed only to be refused with "Invalid option -X"; as in getopt's string, with colons.
  std::string refused_letters;
  // What follows the first word that is no option is not looked at: the words of another command.
  bool options_first = false;
};

// Calls take of each option in order and returns the other words. What getopt has already said itself comes
// back as an error with an empty text.
Result<std::vector<std::string>> parse_options(const OptionRules& rules, const std::vector<Option>& options,
                                               const std::vector<std::string>& words);

// As parse_options, but other words are an error: "Invalid extra arguments: a b ", exit code invalid_syntax.
Result<void> parse_only_options(const OptionRules& rules, const std::vector<Option>& options,
                                const std::vector<std::string>& words);

// "a b ": every word followed by a blank.
std::string each_with_blank(const std::vector<std::string>& words);

// One line an option, aligned; hidden ones are left out.
std::string options_help(const std::vector<Option>& options);

}  // namespace vz
