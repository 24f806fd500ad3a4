#include "vzctl/stage_options.h"

#include <filesystem>
#include <utility>

namespace vz {

namespace {

Option ignored_value(const std::string& name) {
  return {.name = name, .argument = "VALUE", .help = {}, .take = [](const std::string&) {
            return Result<void>();
          }};
}

}  // namespace

std::vector<Option> common_dump_options(std::string& dumpfile) {
  return {{.name = "dumpfile",
           .argument = "PATH",
           .help = "where the dump is; default: Dump.<ctid> in DUMPDIR",
           .take = [&dumpfile](const std::string& value) -> Result<void> {
             std::error_code failed;
             dumpfile = value.empty() ? value : std::filesystem::absolute(value, failed).string();
             return {};
           }},
          ignored_flag("skip_arpdetect"),
          ignored_value("flags"),
          ignored_value("context")};
}

Option stage_option(const std::string& name, const std::string& help, bool& staged,
                    std::function<void()> choose) {
  return {.name = name,
          .argument = {},
          .help = help,
          .take = [&staged, choose = std::move(choose)](const std::string&) -> Result<void> {
            if (staged)
              return fail(ExitCode::invalid_syntax, "Invalid syntax: only one sub command may be used");
            staged = true;
            choose();
            return {};
          }};
}

Option ignored_flag(const std::string& name) {
  return {
      .name = name, .argument = {}, .help = {}, .take = [](const std::string&) { return Result<void>(); }};
}

Result<void> require_dumpfile(const std::string& dumpfile) {
  if (!dumpfile.empty()) return {};
  return fail(ExitCode::invalid_syntax, "Error: dumpfile is not specified");
}

}  // namespace vz
