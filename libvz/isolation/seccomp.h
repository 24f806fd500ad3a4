#pragma once

#include "libvz/core/result.h"

namespace vz {

// Loads the container's system call filter into the calling process; all its descendants have it too. Refused
// are the calls that reach past every namespace (modules, kexec, clocks of the host, open_by_handle_at,
// keyrings …) and those whose kernel objects cannot be checkpointed (bpf, io_uring, perf). Refused means an
// errno that programs take for "not there". The caller needs CAP_SYS_ADMIN in its user namespace:
// no_new_privs is left alone so that set-user-ID programs work.
Result<void> load_seccomp_filter();

}  // namespace vz
