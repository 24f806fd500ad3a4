#pragma once

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

enum class CheckpointStage { all, suspend, dump, kill, resume };

struct CheckpointOptions {
  CheckpointStage stage = CheckpointStage::all;
  std::string dumpfile;  // directory to write; empty: the default dump; CheckpointStage::dump requires one
};

// vzctl chkpnt. all: freeze, dump, kill, network down, unmount. suspend: only freeze; dump: of a frozen
// container, which stays frozen; kill: a frozen container ends; resume: it goes on. A stage that does not fit
// the present state is refused and changes nothing. After a failed or interrupted dump the container runs as
// before and no dump is left. Exit code checkpoint; not_running when it does not run.
Result<void> checkpoint_container(const GlobalConfig& global, const ContainerConfig& config,
                                  const CheckpointOptions& options);

}  // namespace vz
