#pragma once

#include <string>

#include "libvz/checkpoint/engine.h"
#include "libvz/config/global_config.h"
#include "libvz/core/result.h"
#include "libvz/core/undo.h"
#include "libvz/host/run_state.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/network/packet_hold.h"

namespace vz {

// The steps of which checkpoint, restore and migration are made. What can be done before the freeze is in
// prepare_dump().

struct PreparedDump {
  Cgroup cgroup;
  EngineTask task;  // task.images is set by write_dump()
  pid_t init_pid;
};

Result<PreparedDump> prepare_dump(const GlobalConfig& global, const ContainerConfig& config,
                                  const RunState& state);

// Stops all processes of the container, then its traffic at the host ends. The undos let it go on as before.
Result<void> freeze_container(const GlobalConfig& global, const ContainerConfig& config, PreparedDump& dump,
                              const RunState& state, UndoStack& undo);

// Dumps the frozen container to the directory dumpfile: complete or not at all (an older dump stays until
// then). After a failure CRIU's log lies in DUMPFILE.fail.log.
Result<void> write_dump(const GlobalConfig& global, const ContainerConfig& config, PreparedDump& dump,
                        const std::string& dumpfile);

// Ends a frozen container without a packet leaving it, and takes away what it had on the host; unmounts.
Result<void> kill_frozen(const GlobalConfig& global, const ContainerConfig& config);

// Lets a frozen container go on, sends on what was held of its packets (if anything was), and tells the
// neighbours.
Result<void> resume_frozen(const GlobalConfig& global, const ContainerConfig& config, const RunState& state,
                           PacketHold* held = nullptr);

struct PreparedRestore {
  Cgroup cgroup;
  EngineTask task;  // task.images and task.external are set by undump_prepared()
};

// All of a restore that does not need the dump: mount, cgroup, filter and closed gate. undo takes it back.
Result<PreparedRestore> prepare_restore(const GlobalConfig& global, const ContainerConfig& config,
                                        bool skip_remount, UndoStack& undo);

// Brings the container back from the dump; it stands still, and resume_frozen() lets it go on. After an error
// no process of it is left, and what prepare_restore() made is there for its undo.
Result<void> undump_prepared(const GlobalConfig& global, const ContainerConfig& config,
                             PreparedRestore& prepared, const std::string& dumpfile);

}  // namespace vz
