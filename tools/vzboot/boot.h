#pragma once

#include "tools/vzboot/settings.h"

namespace vz {

// All containers of the host. Each may be killed at any moment; a second run goes on where it was. Failures
// of single containers are reported and do not stop the others.

// Starts what plan_start() says, after the host's own settings (VE0CPUUNITS, 0.conf).
Result<void> boot(const BootSettings& settings);

// Notes what runs, then suspends or stops it; unmounts what is still mounted. A container that cannot be
// suspended is stopped. Those that are locked are tried again, the last time without the lock. An error
// (exit code stop_failed) if one is still running at the end.
Result<void> shut_down(const BootSettings& settings);

// Has boot() come to its end since the last shutdown, or does any container run?
bool is_up(const BootSettings& settings);

}  // namespace vz
