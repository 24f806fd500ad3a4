#pragma once

#include "libvz/core/result.h"

namespace vz {

// In the container's root, with its own /run mounted, before init: tells a systemd from the outside, by files
// in /run, what to leave alone so that the container can be dumped. A container whose /sbin/init is not
// systemd gets none of them, since /run/systemd/system is how programs ask whether systemd runs
// (sd_booted(3)).
Result<void> adjust_systemd();

}  // namespace vz
