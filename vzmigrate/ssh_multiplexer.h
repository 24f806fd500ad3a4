#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"
#include "vzmigrate/ssh_session.h"

namespace vz {

// All that goes over the one ssh connection of a migration: a thread that owns the session and copies between
// remote programs and local descriptors. New programs cost a channel, not a connection.
class SshMultiplexer {
 public:
  // directory: where the socket for helpers is made (join_session()); private to us.
  static Result<std::unique_ptr<SshMultiplexer>> start(SshSession session, const std::string& directory);
  SshMultiplexer(const SshMultiplexer&) = delete;
  SshMultiplexer& operator=(const SshMultiplexer&) = delete;
  // Ends all remote programs.
  ~SshMultiplexer();

  // A program on the other side. Its stdin and stdout are at stream; its stderr comes out of ours. Closing or
  // shutting down the stream's writing side is its end of input.
  struct Remote {
    Fd stream;
    // The exit status, waited for; -1 if the connection or the program was lost.
    std::function<int()> wait;
  };
  Result<Remote> execute(const std::string& command);

  // For rsync -e: the words before the host.
  const std::string& socket() const { return socket_; }

 private:
  struct Channel;
  struct Request;
  SshMultiplexer() = default;
  void loop();
  void accept_helper();
  void add(std::unique_ptr<Channel> channel);
  bool step(Channel& channel);
  void pump_out(Channel& channel);
  void pump_in(Channel& channel);
  void finish(Channel& channel, int status);

  SshSession session_;
  std::string socket_;
  Fd listener_;
  Pipe wakeup_;
  std::mutex mutex_;
  std::condition_variable finished_;
  std::list<std::unique_ptr<Channel>> waiting_;  // guarded by mutex_
  bool stop_ = false;                            // guarded by mutex_
  bool lost_ = false;                            // guarded by mutex_
  std::list<std::unique_ptr<Channel>> channels_;
  std::thread thread_;
};

// What runs as `vzmigrate --rsh SOCKET HOST COMMAND…`, started by rsync in place of ssh: hands its stdin and
// stdout to the multiplexer at SOCKET and waits. Returns the remote program's exit status, 255 without a
// connection.
int join_session(const std::string& socket, const std::vector<std::string>& command);

}  // namespace vz
