#pragma once

#include "libvz/config/global_config.h"
#include "libvz/core/fd.h"
#include "libvz/core/process.h"
#include "libvz/core/result.h"

namespace vz {

// A process beside the migration that lets a frozen container go on when the migration is killed and cannot do it itself.
// It leaves the container frozen only if a commit was asked for whose outcome is not known (ownership.h).
class ThawGuard {
 public:
  static Result<ThawGuard> start(const GlobalConfig& global, const ContainerConfig& config);
  ThawGuard(ThawGuard&&) = default;
  ThawGuard& operator=(ThawGuard&&) = default;
  // Tells it that all is well, and ends it.
  ~ThawGuard();

 private:
  ThawGuard() = default;
  Child child_;
  Fd alive_;
};

}  // namespace vz
