#pragma once

#include <string>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// lxcfs is the daemon that serves /proc files with the values of whoever reads them. Its directory if it runs
// and answers within a few seconds; else an error that says what to do (bad_kernel).
Result<std::string> find_lxcfs(const Paths& paths);

// find_lxcfs(), empty if there is none. The first time since the host's boot, or since there was one, that
// is a warning on the log.
std::string lxcfs_or_warning(const Paths& paths);

}  // namespace vz
