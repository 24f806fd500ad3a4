#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libvz/core/option_parser.h"

namespace vz {

// One small program of this folder: what its command line takes, and what it does. The man pages' test reads
// the same tables, and --help is made from them.
struct Tool {
  std::string name;
  // What follows the name; one form a line.
  std::vector<std::string> synopsis;
  // For help: whole lines.
  std::string about;
  // -h, --help is added to them.
  std::vector<Option> options;
  // Exit code for a command line that cannot be understood.
  int usage_code = 1;
  // Options after the first word belong to that word, a command of its own.
  bool options_first = false;
  // Gets the words that are no options; with raw, all words as they were given.
  std::function<int(const Tool& tool, const std::vector<std::string>& words)> run;
  bool raw = false;
  // Options of two letters are written with one dash (-wd); two are fine as well.
  bool short_pairs = false;
};

// The whole program: parses words (argv), runs, returns the exit code. Output that cannot be written is an
// error, 1, unless there is another one.
int run_tool(const Tool& tool, const std::vector<std::string>& words);

// "Usage: NAME …" and the options.
std::string tool_help(const Tool& tool);

// Prints "NAME: what" if what is not empty, then how to get help, and returns the tool's usage code.
int refuse_usage(const Tool& tool, const std::string& what = "");
// Prints "NAME: what" on stderr and returns code.
int refuse(const Tool& tool, const std::string& what, int code);

// Options whose value goes straight into a variable, which has to live as long as the table.
Option flag_option(std::string name, char letter, std::string help, bool& into);
Option text_option(std::string name, char letter, std::string argument, std::string help, std::string& into);

// A file that describes the host, "/proc/meminfo": in a test prefix (core/paths.h) that has one, that one.
std::string host_file(const std::string& path);

}  // namespace vz
