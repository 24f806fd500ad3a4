#pragma once

#include "libvz/config/global_config.h"

namespace vz {

// renew_proc_view() of a running container, where lxcfs runs. What fails is a warning: the container goes on
// with the values that it sees.
void renew_view(const GlobalConfig& global, Ctid ctid, pid_t init_pid);

}  // namespace vz
