#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// Files of /proc and /sys in which the kernel shows the host's values: in a container, lxcfs' files of the
// same path are bound over them, which show those of the reader's cgroup. /proc/uptime is not among them: the
// time namespace makes the kernel's own right, also after a restore.
const std::vector<std::string>& proc_view_files();

// One of them as a detached mount.
struct ProcViewFile {
  std::string path;
  Fd mount;
};

// From lxcfs' directory, for attach_proc_view(). What this lxcfs does not serve is left out.
Result<std::vector<ProcViewFile>> open_proc_view(const std::string& lxcfs);

// Binds them over those files of the caller's mount namespace that nothing covers, or an lxcfs that is no
// more. What else covers them stays, as somebody may have it open, and a mount that is gone could not be
// dumped. So does a /proc or /sys that is not the kernel's.
Result<void> attach_proc_view(const std::vector<ProcViewFile>& files);

// attach_proc_view() from outside, for a container that runs. lxcfs: its directory.
Result<void> renew_proc_view(pid_t init_pid, const std::string& lxcfs);

}  // namespace vz
