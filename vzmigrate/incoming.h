#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/config/lock.h"
#include "libvz/container/suspend.h"
#include "libvz/core/undo.h"
#include "libvz/network/packet_hold.h"
#include "vzmigrate/dump_transfer.h"
#include "vzmigrate/protocol.pb.h"

namespace vz {

// A container on its way in, step by step as the source asks. Whatever is not committed when this goes is
// taken back. Errors have exit codes of vzmigrate.
class Incoming {
 public:
  explicit Incoming(GlobalConfig global) : global_(std::move(global)) {}
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  // Looks, and takes the container's lock; nothing else is changed.
  Result<protocol::CheckReply> check(const protocol::CheckRequest& request);
  Result<void> prepare(const protocol::PrepareRequest& request);
  Result<void> prepare_restore();
  Result<void> file_begin(const protocol::FileBegin& file);
  Result<void> file_data(const protocol::FileData& data);
  Result<void> dump_end(const protocol::DumpEnd& end);
  Result<void> restore();
  // What must work before the commit (START, MOUNT), the commit itself, and what follows (RESUME).
  Result<void> commit(protocol::CommitRequest::Then then);

  // Milliseconds of each step since it was last asked.
  protocol::Done take_times();

 private:
  Result<void> check_free(const protocol::CheckRequest& request);
  Result<void> check_engine(const protocol::CheckRequest& request);
  Result<void> check_space(const protocol::CheckRequest& request);
  Result<void> stage_config(const std::string& text);
  Result<void> take_ownership();
  std::string staged_file() const { return config_.file + ".migrating"; }
  std::string staged_private() const { return final_private_ + ".migrating"; }

  GlobalConfig global_;
  ContainerLock lock_;
  ContainerConfig config_;  // with the staged private area
  std::string final_private_;
  std::string migration_;
  std::string config_text_;
  std::string dump_;
  bool keep_dump_ = false;
  std::optional<DumpReceiver> receiver_;
  std::optional<PreparedRestore> prepared_;
  std::optional<PacketHold> held_in_;
  std::optional<PacketHold> held_out_;
  protocol::Done times_;
  UndoStack undo_;
};

// Whether a migration was committed here. Not committed: whoever still works on it is ended first, so that it
// never will be.
Result<bool> migration_outcome(const GlobalConfig& global, const protocol::OutcomeRequest& request);

}  // namespace vz
