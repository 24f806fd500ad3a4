#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libvz/config/parameters.h"
#include "libvz/core/paths.h"
#include "libvz/host/cgroup_layout.h"
#include "libvz/host/process_counts.h"
#include "libvz/host/run_state.h"

namespace vz {

// User beancounters: what a container uses of each resource, and what it may use. An OpenVZ kernel counts
// them; here they are read from the container's cgroups and processes, each as far as this kernel can tell.
// Source of names, units and order: /proc/bc/resources of OpenVZ kernels.
enum class Beancounter : std::uint8_t {
  kmemsize,
  lockedpages,
  privvmpages,
  shmpages,
  numproc,
  physpages,
  vmguarpages,
  oomguarpages,
  numtcpsock,
  numflock,
  numpty,
  numsiginfo,
  tcpsndbuf,
  tcprcvbuf,
  othersockbuf,
  dgramrcvbuf,
  numothersock,
  dcachesize,
  numfile,
  numiptent,
  swappages,
};
inline constexpr size_t kBeancounters = 21;

struct BeancounterKind {
  std::string_view name;  // "kmemsize"; the key of its configured limits is the same in upper case
  Unit unit;              // count, bytes or pages
  unsigned id;            // its line in /proc/bc/resources, from 0; those between are dummies
  std::optional<BarrierLimit> Parameters::*configured;
};

// All of them, indexed by Beancounter and ordered by id.
std::span<const BeancounterKind, kBeancounters> beancounter_kinds();
// By name, lower case; nothing if there is none.
std::optional<Beancounter> find_beancounter(std::string_view name);

// In the beancounter's unit. What is not known or not configured is not set; kUnlimited is a limit that is no
// limit.
struct BeancounterValues {
  std::optional<std::uint64_t> held{};
  std::optional<std::uint64_t> max_held{};  // since the container started
  std::optional<std::uint64_t> barrier{};
  std::optional<std::uint64_t> limit{};
  std::optional<std::uint64_t> failures{};  // requests that were refused since the container started
  bool operator==(const BeancounterValues&) const = default;
};

class Beancounters {
 public:
  BeancounterValues& operator[](Beancounter which) { return values_[static_cast<size_t>(which)]; }
  const BeancounterValues& operator[](Beancounter which) const { return values_[static_cast<size_t>(which)]; }
  bool operator==(const Beancounters&) const = default;

 private:
  std::array<BeancounterValues, kBeancounters> values_;
};

using BeancounterSet = std::bitset<kBeancounters>;

// Those that are told by a few files of the kernel, however many processes the container has.
BeancounterSet cheap_beancounters();
// Those too for which each process of the container has to be looked at. Still no process is started.
BeancounterSet all_beancounters();

// What the configuration says of one beancounter; nothing if it says nothing.
std::optional<BarrierLimit> configured_limits(const Parameters& parameters, Beancounter which);
// Sets barrier and limit of each one that is configured.
void set_configured_limits(const Parameters& parameters, Beancounters& beancounters);

// Reads what containers hold. Made for one look at many containers: it keeps the places of the cgroups, and
// the host's locks of files as they were when they were first needed.
class BeancounterReader {
 public:
  // No layout is needed to read the rest: what needs a missing controller stays unknown.
  explicit BeancounterReader(const CgroupLayout& layout);

  // held, max_held and failures of those wanted, all of the same life of the container: nothing if its init
  // is not, or no longer, the one that state names. barrier and limit are left unset.
  std::optional<Beancounters> read(Ctid ctid, const RunState& state, BeancounterSet wanted) const;

 private:
  struct Hierarchy {
    std::string mount_point;  // empty: there is none
    bool v2 = false;
  };
  const FileLocks& locks() const;
  static Hierarchy hierarchy_of(const CgroupLayout& layout, std::string_view controller);

  Hierarchy memory_;
  Hierarchy pids_;
  Hierarchy processes_;  // where the container's processes are listed
  mutable std::optional<FileLocks> locks_;
};

}  // namespace vz
