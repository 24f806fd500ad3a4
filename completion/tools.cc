// The tables of the small programs, for main.cc. Runs at build time only.

#include "tools/tools.h"

#include <cstdio>

#include "completion/shell.h"

int main() {
  std::set<std::string> names;
  vz::Function options("_vz_tool_options", "$1");
  for (const auto& tool : vz::all_tools()) {
    names.insert(tool.name);
    options.add(tool.name, "echo \"" + vz::joined(vz::option_words(tool.options)) + "\"");
  }
  std::fputs((vz::variable("_vz_tools", names) + options.text("echo --help")).c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
