#pragma once

#include <vector>

#include "tools/vzboot/settings.h"

namespace vz {

// Containers of one BOOTORDER; they go side by side. The groups go one after the other.
using Group = std::vector<Ctid>;

// Which containers a boot is to start: ONBOOT=yes, and those that are marked (see marks.h) unless ONBOOT=no.
// Highest BOOTORDER first, those without one last; within a group by id. Left out: what runs, and what is
// disabled.
Result<std::vector<Group>> plan_start(const BootSettings& settings);

// The running containers, those without BOOTORDER first, then ascending.
Result<std::vector<Group>> plan_stop(const BootSettings& settings);

// The containers that do not run and are still mounted.
Result<std::vector<Ctid>> mounted_containers(const BootSettings& settings);

bool is_running(const BootSettings& settings, Ctid ctid);

std::vector<Ctid> flatten(const std::vector<Group>& groups);

}  // namespace vz
