#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// What the checkpoint engine (CRIU) is told about a container. All of CRIU is behind this interface.
struct EngineTask {
  std::string program;  // CRIU's program
  std::string images;   // directory of the dump, absolute, 0700
  std::string root;     // VE_ROOT
  std::string freezer;  // the container's frozen cgroup
  // CRIU's own words for what lies outside: "mnt[/dev/null]:dev.null", "veth[eth0]:veth101.0".
  std::vector<std::string> external;
  // Directories inside the container where watched files (inotify) lie, since their inode numbers differ
  // elsewhere.
  std::vector<std::string> watched;
  std::string record;  // file that names the engine while it works (engine_record.h); empty: none
  // Helper names for files (link_names.h): the directory that is the container's root file system, but not by
  // way of its mount, on which we could create nothing; and the file that a dump notes them in.
  std::string files;
  std::string link_names;
  int log_level = 2;  // CRIU's -v
};

// Version as "4.2.1"; an error if the program can't be run or does not speak the RPC.
Result<std::string> engine_version(const std::string& program);

// Writes the state of init_pid and all below it to task.images. The container is frozen before and after, and
// goes on when it is thawed. An error carries the first error line of CRIU's log and the log's path.
// Interruptible: the container is then as it was. Files that only processes hold by a lost name have helper
// names afterwards, which task.link_names lists; to be removed when the container goes on.
Result<void> engine_dump(const EngineTask& task, pid_t init_pid);

// Recreates the processes from task.images; the first is a child of the caller, who must be the only one to
// wait for it. They stand still in the frozen cgroup. network_ready is called with init's pid when the
// container's interfaces and their host ends are there but no socket is yet.
struct Recreated {
  pid_t init_pid = 0;
  std::vector<Fd> terminals;  // masters of terminals that had theirs outside the container
};
Result<Recreated> engine_restore(const EngineTask& task,
                                 const std::function<Result<void>(pid_t)>& network_ready);

}  // namespace vz
