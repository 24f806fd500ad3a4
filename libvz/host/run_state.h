#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// What is true of a running container until it ends: /run/vz/CTID/state.
struct RunState {
  pid_t init_pid = 0;
  std::uint64_t init_start = 0;  // clock ticks since boot, /proc/PID/stat field 22: tells a reused pid
  pid_t monitor_pid = 0;         // 0: none
  std::uint64_t monitor_start = 0;
  bool frozen = false;  // by chkpnt --suspend or restore --undump
  // A frozen container that --undump brought back, not yet resumed.
  bool undumped = false;
};

// Nothing if the container does not run: no state, or its init is gone. A state that cannot be read is an
// error.
Result<std::optional<RunState>> load_run_state(const Paths& paths, Ctid ctid);
// The init that the state names, also when it has ended; 0: no state, or one that cannot be read.
pid_t recorded_init(const Paths& paths, Ctid ctid);
Result<void> save_run_state(const Paths& paths, Ctid ctid, const RunState& state);
// Makes the container's directory in /run/vz, before anything else of a container that is about to run: where
// there is no such directory, nothing of it is on the host.
Result<void> open_run_state(const Paths& paths, Ctid ctid);
// Removes that directory, after everything else is gone.
Result<void> remove_run_state(const Paths& paths, Ctid ctid);

// Field 22 of /proc/PID/stat; nothing when there is no such process or it is a zombie.
std::optional<std::uint64_t> process_start_time(pid_t pid);

// Ctids with a directory in /run/vz, running or not.
Result<std::vector<Ctid>> ctids_with_run_state(const Paths& paths);

}  // namespace vz
