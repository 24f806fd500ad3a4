#pragma once

#include <libssh/libssh.h>

#include <memory>
#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

struct SshTarget {
  std::string host;                  // name or address; [user@] taken off
  std::string user;                  // empty: of ssh_config, else root
  std::vector<std::string> options;  // words of --ssh=: -p N, -i FILE, -l USER, -F FILE, -o KEY=VALUE
};

// "[user@]host". An IPv6 address may stand in brackets.
SshTarget parse_target(const std::string& text);

struct SshSessionDeleter {
  void operator()(ssh_session session) const {
    ssh_disconnect(session);
    ssh_free(session);
  }
};
using SshSession = std::unique_ptr<ssh_session_struct, SshSessionDeleter>;

// Connects and authenticates by agent or key, without ever asking anything: ssh_config is read, known_hosts
// honoured (an unknown host is refused unless StrictHostKeyChecking says otherwise). A peer that is silent
// for half a minute counts as gone. Exit code cannot_connect of vzmigrate; an option that is not known:
// usage.
Result<SshSession> open_ssh_session(const SshTarget& target, int verbosity);

}  // namespace vz
