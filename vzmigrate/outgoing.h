#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/config/lock.h"
#include "libvz/container/status.h"
#include "libvz/container/suspend.h"
#include "vzmigrate/connection.h"
#include "vzmigrate/options.h"
#include "vzmigrate/thaw_guard.h"
#include "vzmigrate/timeline.h"

namespace vz {

// One container on its way out: the source's side of a migration. Errors have exit codes of vzmigrate. Until
// the commit any failure leaves it running here as before and nothing there; afterwards it is the
// destination's, and what is left here is cleared away.
class Outgoing {
 public:
  Outgoing(const MigrateOptions& options, GlobalConfig global)
      : options_(options), global_(std::move(global)) {}

  // word: CTID or name.
  Result<void> migrate(const std::string& word);

 private:
  Result<void> look_up(const std::string& word);
  Result<void> settle_pending();
  Result<void> check();
  Result<void> prepare();
  Result<void> copy_private(const char* phase, CopyPass pass, bool progress);
  Result<void> move_online();
  Result<void> move_offline();
  Result<void> dump_and_copy(PreparedDump& dump, const std::string& dump_directory);
  Result<void> copy_link_remaps(const std::string& dump_directory);
  Result<void> send_dump_and_wait(const std::string& directory, bool keep);
  Result<void> commit(protocol::CommitRequest::Then then);
  Result<bool> ask_for_outcome(const std::string& migration);
  Result<void> clear_source();
  Result<protocol::Done> ask(const protocol::Message& request);
  void note_remote_times(const protocol::Done& done, bool frozen);
  void say(const std::string& text, int level = 0) const;

  const MigrateOptions& options_;
  GlobalConfig global_;
  ContainerConfig config_;
  Status status_;
  ContainerLock lock_;
  std::unique_ptr<Connection> connection_;
  protocol::CheckReply destination_;
  std::optional<KillGuard> guard_;
  Timeline timeline_;
};

}  // namespace vz
