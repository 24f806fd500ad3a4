#include "libvz/container/ownership.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::string pending_file(const Paths& paths, Ctid ctid) {
  return paths.container_configs() + "/" + std::to_string(ctid) + ".migrating";
}

}  // namespace

Result<void> note_pending_migration(const Paths& paths, Ctid ctid, const PendingMigration& pending) {
  return write_file_atomically(pending_file(paths, ctid), pending.host + "\n" + pending.migration + "\n",
                               0600);
}

Result<void> clear_pending_migration(const Paths& paths, Ctid ctid) {
  if (unlink(pending_file(paths, ctid).c_str()) < 0 && errno != ENOENT) {
    return fail_errno(ExitCode::system, "unlink " + pending_file(paths, ctid));
  }
  VZ_ASSIGN(const Fd directory, open_file(paths.container_configs(), O_RDONLY | O_DIRECTORY));
  if (fsync(directory.get()) < 0) return fail_errno(ExitCode::system, "fsync " + paths.container_configs());
  return {};
}

Result<std::optional<PendingMigration>> pending_migration(const Paths& paths, Ctid ctid) {
  auto text = read_file(pending_file(paths, ctid));
  if (!text) {
    if (text.error().errno_value() == ENOENT) return std::nullopt;
    return fail(std::move(text));
  }
  const auto lines = split(*text, "\n");
  if (lines.size() != 2) return fail(ExitCode::system, "Unreadable " + pending_file(paths, ctid));
  return PendingMigration{lines[0], lines[1]};
}

Result<void> check_no_pending_migration(const Paths& paths, Ctid ctid) {
  VZ_ASSIGN(const auto pending, pending_migration(paths, ctid));
  if (!pending) return {};
  return fail(ExitCode::locked,
              "A migration of the container to " + pending->host +
                  " was cut off at its last step, and it may run there: find out by running vzmigrate " +
                  pending->host + " " + std::to_string(ctid) + " again");
}

std::string migration_line(const std::string& migration) {
  return "# Migration " + migration;
}

bool came_by_migration(const std::string& config_text, const std::string& migration) {
  const auto lines = split(config_text, "\n");
  return std::ranges::find(lines, migration_line(migration)) != lines.end();
}

}  // namespace vz
