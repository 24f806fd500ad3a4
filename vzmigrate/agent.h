#pragma once

namespace vz {

// The destination's side of a migration: `vzmigrate --agent` talks on stdin and stdout with the source's
// vzmigrate. Until the commit everything it makes has names that no other command takes for a container, and
// all of it goes when the connection does. Returns the exit code.
int run_agent();

}  // namespace vz
