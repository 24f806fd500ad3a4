#pragma once

#include <set>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// The empty files /var/lib/vzctl/vzreboot/CTID: containers that ran when the host was last shut down. They
// are written before the first container is stopped, and each goes when its container runs again; so whoever
// is killed when, the next run knows what is left to do.

std::set<Ctid> marked_containers(const Paths& paths);
// Durable.
Result<void> mark_containers(const Paths& paths, const std::vector<Ctid>& ctids);
Result<void> unmark_container(const Paths& paths, Ctid ctid);

// Between the begin of a shutdown and the end of the next boot the marks say more than what runs: a
// repeated shutdown adds to them, otherwise it replaces them.
bool marks_are_in_use(const Paths& paths);
Result<void> begin_using_marks(const Paths& paths);
void end_using_marks(const Paths& paths);

}  // namespace vz
