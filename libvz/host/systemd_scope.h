#pragma once

#include "libvz/core/result.h"

namespace vz {

// Where systemd is the host's init, what runs beside containers lives in a unit of its own, the scope
// vz.scope: not in the session or service from which a command was called, with which it would be ended. The
// scope is there as long as a container runs, and it is delegated (systemd.resource-control(5), Delegate=),
// so that systemd keeps the cgroup controllers on in the root group, on which the limits of /vz depend,
// whatever it reloads or restarts.

inline constexpr const char* kScopeName = "vz.scope";

// Puts the calling process there, and makes the scope if there is none. Nothing to do where systemd is not
// init.
Result<void> enter_systemd_scope();

}  // namespace vz
