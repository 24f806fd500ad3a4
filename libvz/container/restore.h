#pragma once

#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

enum class RestoreStage { all, undump, resume, kill };

struct RestoreOptions {
  RestoreStage stage = RestoreStage::all;
  std::string dumpfile;  // empty: the default dump; RestoreStage::undump requires one
  bool skip_remount = false;
  bool keep_dump = false;  // also after success
};

// vzctl restore. all: everything, and the dump is removed. undump: everything is there but stands still;
// resume lets it go on, kill drops it. A stage that does not fit the present state is refused and changes
// nothing. Exit code restore; running when the container runs. A failed restore leaves the dump as it was and
// nothing half-restored.
Result<void> restore_container(const GlobalConfig& global, const ContainerConfig& config,
                               const RestoreOptions& options);

}  // namespace vz
