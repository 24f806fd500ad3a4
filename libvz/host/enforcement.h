#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/config/parameters.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

// The one table of what holds a container to its parameters, on hosts with cgroup v1 and with v2, and whether
// this host can. From it come the warnings of start and set, vzctl features, and the check that
// docs/limits.md has a row for each. A parameter that a running container feels has a row here
// (enforcement_test.cc).

// What a probe may look at. Nothing is changed.
struct EnforcementHost {
  CgroupLayout layout;
  // Where containers' files lie: limits of disks and quotas depend on the file system.
  std::string private_area;

  // Is there this file in groups with this controller? What only a group below the root could tell counts as
  // there until one is made.
  bool has_file(std::string_view controller, std::string_view file) const;
};

enum class Enforced : std::uint8_t {
  yes,
  partly,
  no,       // not on this host
  nowhere,  // on no host
};

struct EnforcementFinding {
  Enforced enforced = Enforced::yes;
  // Unless it is yes: what is missing, by the kernel feature's name, and what to do if anything can be done.
  // Goes on after "NUMFLOCK is not enforced: ".
  std::string why{};
};

struct Enforcement {
  std::string_view key;  // of the parameter
  // The cgroup controller that does it; empty: it has nothing to do with cgroups.
  std::string_view controller;
  // By what: the group's file first, or another facility of the kernel. v2 empty: as on v1.
  std::string_view v1;
  std::string_view v2{};
  // nullptr: the controller and its file are all it needs.
  EnforcementFinding (*probe)(const EnforcementHost& host) = nullptr;

  std::string_view by(const EnforcementHost& host) const;
  EnforcementFinding find(const EnforcementHost& host) const;
};

std::span<const Enforcement> enforcement_table();
// nullptr: a parameter that the kernel has nothing to do with.
const Enforcement* find_enforcement(std::string_view key);

// This host, with containers in this directory (or one of its parents, if it is not there yet). No cgroups at
// all: an empty layout.
EnforcementHost this_enforcement_host(const std::string& private_area);

// True if the value limits or grants something at all: "unlimited" and 0 ask for nothing.
bool asks_for_enforcement(const Parameters& parameters, std::string_view key);

// When is told what is not enforced.
enum class Occasion : std::uint8_t {
  start,  // of a container with these parameters, or its restore: what another host would enforce
  set,    // of these parameters: also what no host does, or only partly
};

// One sentence for each reason why parameters that ask for something are not enforced here; they name the
// parameters: "Warning: NUMFLOCK, NUMPTY are not enforced: ...".
std::vector<std::string> missing_enforcement(const Parameters& parameters, Occasion occasion,
                                             const EnforcementHost& host);
// The same, on the log as warnings, of a container with this private area.
void warn_of_missing(const Parameters& parameters, Occasion occasion, const std::string& private_area);

}  // namespace vz
