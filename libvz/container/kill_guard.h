#pragma once

#include <functional>
#include <string>

#include "libvz/config/global_config.h"
#include "libvz/core/fd.h"
#include "libvz/core/process.h"
#include "libvz/core/result.h"

namespace vz {

// A process beside a command that puts a container right when the command is killed in the middle and cannot
// do it itself.
class KillGuard {
 public:
  // program: whose log file entries they are. repair runs in the guard after the command's death, if that
  // comes before the KillGuard's end, with the container's lock unless somebody else keeps that for long: it
  // must look at the state anew.
  static Result<KillGuard> start(const GlobalConfig& global, Ctid ctid, const std::string& program,
                                 const std::function<void()>& repair);
  KillGuard(KillGuard&&) = default;
  KillGuard& operator=(KillGuard&&) = default;
  // Tells the guard that all is well, and ends it.
  ~KillGuard();

 private:
  KillGuard() = default;
  Child child_;
  Fd alive_;
};

}  // namespace vz
