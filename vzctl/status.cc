#include "libvz/container/status.h"

#include <cstdio>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "vzctl/command.h"

namespace vz {

namespace {

void print_status(Ctid ctid, const Status& status) {
  std::printf("CTID %u %s %s %s%s\n", ctid, status.exists ? "exist" : "deleted",
              status.mounted ? "mounted" : "unmounted", status.running ? "running" : "down",
              status.suspended ? " suspended" : "");
}

Result<int> run(CommandContext& context) {
  LogSettings settings = log_settings();
  settings.verbosity = -1;
  configure_log(settings);
  const std::string& root = context.config.root;
  if (!root.empty() && !exists(root))
    log_error(fail_errno(ExitCode::system, "stat(" + root + ")").error().text());
  auto status = container_status(context.global, context.config);
  if (!status) log_error(status.error().text());
  print_status(context.config.ctid, status ? *status : Status());
  return 0;
}

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return run;
}

}  // namespace

std::vector<CommandSpec> status_commands() {
  return {{.words = {"status"}, .arguments = {}, .takes_lock = false, .needs_config = false, .parse = parse}};
}

}  // namespace vz
