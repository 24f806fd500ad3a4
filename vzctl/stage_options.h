#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libvz/core/option_parser.h"

namespace vz {

// What chkpnt and restore have in common.

// --dumpfile, and the options that are accepted for compatibility.
std::vector<Option> common_dump_options(std::string& dumpfile);

// One stage; a second one is "Invalid syntax: only one sub command may be used".
Option stage_option(const std::string& name, const std::string& help, bool& staged,
                    std::function<void()> choose);

// Accepted, without effect and not shown.
Option ignored_flag(const std::string& name);

// "Error: dumpfile is not specified", exit code invalid_syntax.
Result<void> require_dumpfile(const std::string& dumpfile);

}  // namespace vz
