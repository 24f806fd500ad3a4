#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libvz/core/process.h"
#include "vzmigrate/message_stream.h"
#include "vzmigrate/options.h"
#include "vzmigrate/ssh_multiplexer.h"

namespace vz {

// What of a container that runs cannot be read now, because it changes under rsync, the last pass takes.
enum class CopyPass : std::uint8_t { of_a_running_container, last };

// The one connection of a migration, with the agent on the other side.
class Connection {
 public:
  // Connects, starts the agent and greets it.
  static Result<std::unique_ptr<Connection>> open(const MigrateOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // Waits until the agent has taken back what was not committed.
  ~Connection();

  MessageStream& agent() { return *agent_stream_; }
  // Starts rsync from the directory here, which the container may be changing, to the one there, over this
  // connection. more: further options.
  Result<Child> start_rsync(const std::string& from, const std::string& to,
                            const std::vector<std::string>& more, bool progress);
  // Waits for it. Files that vanished while it ran are fine (rsync's exit status 24), and unless the pass is
  // the last one those that could not be read (23).
  static Result<void> finish_rsync(Child rsync, CopyPass pass);

 private:
  explicit Connection(MigrateOptions options) : options_(std::move(options)) {}
  MigrateOptions options_;
  std::string directory_;  // private, for the socket
  std::unique_ptr<SshMultiplexer> multiplexer_;
  SshMultiplexer::Remote agent_;
  std::unique_ptr<MessageStream> agent_stream_;
};

}  // namespace vz
