#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/parameters.h"

namespace vz {

// The one table of parameters. From it come the options of create and set, the reader and the writer of
// configuration files, vzcfgvalidate, shell completion and the check that the man pages name every parameter.
// A new parameter is a member of Parameters, a row here and, if it does something new, a function that
// applies it.

// How several settings of one parameter within one file, or within one command line, go together.
enum class Repeat {
  first_wins,  // later ones are ignored (with a warning, in a file)
  last_wins,
  accumulate,
};

// Reads a text into its member. With Repeat::accumulate it adds to what is there. After an error into is what
// it was.
using ParseParameter = Result<void> (*)(std::string_view text, ParseContext& context, Parameters& into);

// Commands whose options set a parameter; bits.
inline constexpr unsigned kCreate = 1;
inline constexpr unsigned kSet = 2;

struct ParameterOption {
  std::string_view name;      // without the dashes
  char letter = 0;            // 0: no short form
  std::string_view argument;  // "yes|no": for help
  std::string_view help;      // one line; empty: a spelling kept for compatibility, not shown
  unsigned commands = kSet;
  ParseParameter parse = nullptr;  // nullptr: the parameter's own
};

// What of a running container a parameter is applied to. Each has a function in libvz/container/apply_*.cc.
enum class Aspect {
  none,  // only the configuration, or the next start
  beancounters,
  network,
  netdev,
  cpu,
  devices,
  pci,
  io,
  quota,
  identity,
  veth,
  rate,
};

struct Parameter {
  std::string_view key;      // in configuration files
  std::string_view alias{};  // another key that is read like it; may be empty
  Repeat repeat = Repeat::first_wins;
  std::vector<ParameterOption> options{};
  // What vzctl set without --save fails with; ok: it works without.
  ExitCode save_only = ExitCode::ok;
  // What set says when the value would change in a running container, which must be restarted for it; empty:
  // it need not.
  std::string_view restart_refusal{};
  Aspect aspect = Aspect::none;
  bool in_sample = true;  // --applyconfig takes it from a sample

  ParseParameter parse = nullptr;
  // As written to a configuration file, without the quotes; nothing if it is not set.
  std::optional<std::string> (*print)(const Parameters& from) = nullptr;
  // Replaces into's value by from's if from has one.
  void (*take)(const Parameters& from, Parameters& into) = nullptr;
  void (*clear)(Parameters& in) = nullptr;
  bool (*equal)(const Parameters& a, const Parameters& b) = nullptr;
};

// In the order in which new keys are appended to a configuration file.
std::span<const Parameter> parameter_table();

// By key or alias; nullptr if there is none.
const Parameter* find_parameter(std::string_view key);
// By the long option's full name; nullptr if there is none.
const Parameter* find_parameter_by_option(std::string_view option);

// over's values where it has them, else base's.
Parameters merge(const Parameters& base, const Parameters& over);

// True if nothing is set.
bool is_empty(const Parameters& parameters);

}  // namespace vz
