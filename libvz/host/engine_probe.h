#pragma once

#include <string>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

// Whether a CRIU fits the running kernel, by trying: a process with an established TCP connection and bytes
// on its way, in user, pid, mount, net, ipc and uts namespaces as a container's, is dumped and restored, and
// the connection must still carry. Versions are not looked at: what counts is the pair of CRIU and kernel
// (docs/design.md, "The engine's probe").
//
// program: as in vz.conf (CRIU); a name without a slash is looked up in the default PATH; not below /run.
// Needs root; takes a fraction of a second, at most kProbeTimeout. Everything happens in namespaces of its
// own, so that nothing stays, whoever is killed. Errors: exit code bad_kernel when it does not fit, with the
// first error line of CRIU's log; others when it could not be tried.
Result<void> probe_engine(const std::string& program);

// As probe_engine(), but remembers the verdict in /run/vz for this program (path, size, time of change) and
// kernel. A probe that could not be made is not remembered.
Result<void> engine_fits(const Paths& paths, const std::string& program);

}  // namespace vz
