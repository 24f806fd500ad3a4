// quotaon, quotaoff and quotainit, which scripts call beside mount and umount.

#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

ExitCode failure_of(const std::string& word) {
  if (word == "quotaon") return ExitCode::quota_on;
  return word == "quotaoff" ? ExitCode::quota_off : ExitCode::quota_init;
}

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [code = failure_of(line.word)](CommandContext& context) -> Result<int> {
    const Parameters& merged = context.config.merged;
    if (merged.layout == Layout::ploop) {
      log_info("CT is on ploop, disk quota is obsoleted, skipping operation");
      return 0;
    }
    if (!merged.disk_quota.value_or(false)) {
      log_info("Disk quota is not enabled, skipping operation");
      return static_cast<int>(code);
    }
    return fail(
        code,
        "Disk quota of simfs containers is not supported by this version: set DISK_QUOTA=no, or watch "
        "the private area's size by other means");
  };
}

}  // namespace

std::vector<CommandSpec> quota_commands() {
  return {{.words = {"quotaon"}, .arguments = {}, .parse = parse},
          {.words = {"quotaoff"}, .arguments = {}, .parse = parse},
          {.words = {"quotainit"}, .arguments = {}, .parse = parse}};
}

}  // namespace vz
