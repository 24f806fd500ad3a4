#include "libvz/container/mount.h"

#include "libvz/container/cleanup.h"
#include "libvz/container/status.h"
#include "vzctl/command.h"

namespace vz {

namespace {

Result<CommandAction> parse(const CommandLine& line) {
  VZ_TRY(refuse_words(line));
  return [word = line.word](CommandContext& context) -> Result<int> {
    if (word == "mount") {
      VZ_TRY(mount_container(context.global, context.config));
    } else {
      VZ_ASSIGN(const Status status, container_status(context.global, context.config));
      // A start that was killed may have left more than the mount.
      if (!status.running) VZ_TRY(clear_remains(context.global, context.config));
      VZ_TRY(umount_container(context.global, context.config));
    }
    return 0;
  };
}

}  // namespace

std::vector<CommandSpec> mount_commands() {
  return {{.words = {"mount"}, .arguments = {}, .parse = parse},
          {.words = {"umount"}, .arguments = {}, .parse = parse}};
}

}  // namespace vz
