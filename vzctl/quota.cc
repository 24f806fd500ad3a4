// quotaon, quotaoff and quotainit, which scripts call beside mount and umount.

#include "libvz/container/disk_quota.h"
#include "libvz/container/mount.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

ExitCode failure_of(const std::string& word) {
  if (word == "quotaon") return ExitCode::quota_on;
  return word == "quotaoff" ? ExitCode::quota_off : ExitCode::quota_init;
}

// The limits stand in the file system as long as the private area does: on sets them anew, off takes them
// away until the next on, start or mount, init also counts what is there.
Result<void> act(const std::string& word, const ContainerConfig& config) {
  VZ_TRY(check_areas(config));
  return word == "quotaoff" ? lift_disk_limits(config) : require_disk_limits(config);
}

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [word = line.word, code = failure_of(line.word)](CommandContext& context) -> Result<int> {
    const Parameters& merged = context.config.merged;
    if (merged.layout == Layout::ploop) {
      log_info("CT is on ploop, disk quota is obsoleted, skipping operation");
      return 0;
    }
    if (!merged.disk_quota.value_or(false)) {
      log_info("Disk quota is not enabled, skipping operation");
      return static_cast<int>(code);
    }
    auto done = act(word, context.config);
    if (!done) return std::unexpected(std::move(done).error().with_code(code));
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> quota_commands() {
  return {{.words = {"quotaon"}, .arguments = {}, .parse = parse},
          {.words = {"quotaoff"}, .arguments = {}, .parse = parse},
          {.words = {"quotainit"}, .arguments = {}, .parse = parse}};
}

}  // namespace vz
