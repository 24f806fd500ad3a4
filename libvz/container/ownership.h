#pragma once

#include <optional>
#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// Who owns a container is told by the disks: the node with CTID.conf does, unless CTID.migrating lies beside
// it. That file says that a migration has asked the other node to commit and has not heard whether it did;
// until that is known the container may run on neither node. The other node's commit is one rename:
// CTID.conf.migrating to CTID.conf, whose last line names the migration.

struct PendingMigration {
  std::string host;       // as given to vzmigrate, with user
  std::string migration;  // its name, from the destination
};

// Durable when it returns.
Result<void> note_pending_migration(const Paths& paths, Ctid ctid, const PendingMigration& pending);
Result<void> clear_pending_migration(const Paths& paths, Ctid ctid);
Result<std::optional<PendingMigration>> pending_migration(const Paths& paths, Ctid ctid);

// An error that says what to do if a migration's outcome is not known: for everything that would make the
// container run.
Result<void> check_no_pending_migration(const Paths& paths, Ctid ctid);

// The last line of a configuration that came by a migration, and whether a configuration has it.
std::string migration_line(const std::string& migration);
bool came_by_migration(const std::string& config_text, const std::string& migration);

}  // namespace vz
