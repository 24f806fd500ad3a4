#include "libvz/host/beancounters.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "libvz/host/kernel_files.h"
#include "libvz/host/process_counts.h"

namespace vz {

namespace {

using Value = std::optional<std::uint64_t>;

constexpr std::array<BeancounterKind, kBeancounters> kKinds = {{
    {"kmemsize", Unit::bytes, 0, &Parameters::kmemsize},
    {"lockedpages", Unit::pages, 1, &Parameters::lockedpages},
    {"privvmpages", Unit::pages, 2, &Parameters::privvmpages},
    {"shmpages", Unit::pages, 3, &Parameters::shmpages},
    {"numproc", Unit::count, 5, &Parameters::numproc},
    {"physpages", Unit::pages, 6, &Parameters::physpages},
    {"vmguarpages", Unit::pages, 7, &Parameters::vmguarpages},
    {"oomguarpages", Unit::pages, 8, &Parameters::oomguarpages},
    {"numtcpsock", Unit::count, 9, &Parameters::numtcpsock},
    {"numflock", Unit::count, 10, &Parameters::numflock},
    {"numpty", Unit::count, 11, &Parameters::numpty},
    {"numsiginfo", Unit::count, 12, &Parameters::numsiginfo},
    {"tcpsndbuf", Unit::bytes, 13, &Parameters::tcpsndbuf},
    {"tcprcvbuf", Unit::bytes, 14, &Parameters::tcprcvbuf},
    {"othersockbuf", Unit::bytes, 15, &Parameters::othersockbuf},
    {"dgramrcvbuf", Unit::bytes, 16, &Parameters::dgramrcvbuf},
    {"numothersock", Unit::count, 17, &Parameters::numothersock},
    {"dcachesize", Unit::bytes, 18, &Parameters::dcachesize},
    {"numfile", Unit::count, 19, &Parameters::numfile},
    {"numiptent", Unit::count, 23, &Parameters::numiptent},
    {"swappages", Unit::pages, 24, &Parameters::swappages},
}};

template <class... Which>
constexpr unsigned long bits(Which... which) {
  return ((1UL << static_cast<unsigned>(which)) | ...);
}

using enum Beancounter;
constexpr unsigned long kOfProcesses = bits(privvmpages, numflock, numpty, numsiginfo, numfile);
constexpr unsigned long kOfMemory = bits(kmemsize, lockedpages, shmpages, physpages, oomguarpages, dcachesize,
                                         swappages, tcpsndbuf, tcprcvbuf);
constexpr unsigned long kOfMemoryStat = bits(kmemsize, lockedpages, shmpages, dcachesize);
constexpr unsigned long kOfSockets = bits(numtcpsock, numothersock);

std::uint64_t page_size() {
  static const auto size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return size;
}

Value in_pages(Value bytes) {
  return bytes ? Value(*bytes / page_size()) : std::nullopt;
}

Value sum(Value a, Value b) {
  return a && b ? Value(*a + *b) : std::nullopt;
}

void read_memory_v2(KernelFiles& group, BeancounterSet wanted, Beancounters& into) {
  into[physpages] = {.held = in_pages(group.number("memory.current")),
                     .max_held = in_pages(group.number("memory.peak")),
                     .failures = group.number_in("memory.events", "max")};
  into[swappages] = {.held = in_pages(group.number("memory.swap.current")),
                     .max_held = in_pages(group.number("memory.swap.peak")),
                     .failures = group.number_in("memory.swap.events", "max")};
  into[oomguarpages].failures = group.number_in("memory.events", "oom_kill");
  if ((wanted & BeancounterSet(kOfMemoryStat)).none()) return;
  const std::string_view stat = group.text("memory.stat");
  into[kmemsize].held = number_after(stat, "kernel");
  into[lockedpages].held = in_pages(number_after(stat, "unevictable"));
  into[shmpages].held = in_pages(number_after(stat, "shmem"));
  into[dcachesize].held = number_after(stat, "slab_reclaimable");
}

void read_memory_v1(KernelFiles& group, BeancounterSet wanted, Beancounters& into) {
  const Value memory = group.number("memory.usage_in_bytes");
  into[physpages] = {.held = in_pages(memory),
                     .max_held = in_pages(group.number("memory.max_usage_in_bytes")),
                     .failures = group.number("memory.failcnt")};
  // Memory and swap together; without it swap is not accounted.
  if (const Value both = group.number("memory.memsw.usage_in_bytes"); both && memory) {
    into[swappages].held = in_pages(*both - std::min(*both, *memory));
    into[swappages].failures = group.number("memory.memsw.failcnt");
  }
  // Of both directions together; counted only where there is a limit.
  if (const Value limit = group.number("memory.kmem.tcp.limit_in_bytes"); limit && *limit < kUnlimited / 2) {
    into[tcpsndbuf] = {.held = group.number("memory.kmem.tcp.usage_in_bytes"),
                       .max_held = group.number("memory.kmem.tcp.max_usage_in_bytes"),
                       .failures = group.number("memory.kmem.tcp.failcnt")};
    into[tcprcvbuf] = into[tcpsndbuf];
  }
  into[oomguarpages].failures = group.number_in("memory.oom_control", "oom_kill");
  if (wanted[static_cast<size_t>(kmemsize)]) {
    into[kmemsize] = {.held = group.number("memory.kmem.usage_in_bytes"),
                      .max_held = group.number("memory.kmem.max_usage_in_bytes"),
                      .failures = group.number("memory.kmem.failcnt")};
  }
  if ((wanted & BeancounterSet(bits(lockedpages, shmpages))).none()) return;
  const std::string_view stat = group.text("memory.stat");
  into[lockedpages].held = in_pages(number_after(stat, "total_unevictable"));
  into[shmpages].held = in_pages(number_after(stat, "total_shmem"));
}

void read_memory(const std::string& directory, bool v2, BeancounterSet wanted, Beancounters& into) {
  KernelFiles group(directory);
  if (!group) return;
  if (v2) {
    read_memory_v2(group, wanted, into);
  } else {
    read_memory_v1(group, wanted, into);
  }
  // All that could be freed by killing its processes; without swap accounting, what is in memory.
  into[oomguarpages].held =
      into[swappages].held ? sum(into[physpages].held, into[swappages].held) : into[physpages].held;
}

// Of the container's network namespace.
void read_sockets(pid_t init, Beancounters& into) {
  KernelFiles net("/proc/" + std::to_string(init) + "/net");
  if (!net) return;
  const std::string_view stat = net.text("sockstat");
  const Value all = number_after(stat, "sockets: used");
  const Value tcp4 = number_after(stat, "TCP: inuse");
  if (!all || !tcp4) return;
  // Not there without IPv6.
  const std::uint64_t tcp = *tcp4 + net.number_in("sockstat6", "TCP6: inuse").value_or(0);
  into[numtcpsock].held = tcp;
  into[numothersock].held = *all - std::min(*all, tcp);
}

void read_processes(const std::string& group, bool nested, const FileLocks& locks, Beancounters& into) {
  const auto counts = count_processes(group, nested, locks);
  if (!counts) return;
  into[privvmpages].held = counts->data_pages;
  into[numflock].held = counts->locks;
  into[numpty].held = counts->terminals;
  into[numsiginfo].held = counts->signals;
  into[numfile].held = counts->files;
}

bool any_of(BeancounterSet wanted, unsigned long mask) {
  return (wanted & BeancounterSet(mask)).any();
}

}  // namespace

std::span<const BeancounterKind, kBeancounters> beancounter_kinds() {
  return kKinds;
}

std::optional<Beancounter> find_beancounter(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &BeancounterKind::name);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<Beancounter>(found - kKinds.begin());
}

std::optional<BarrierLimit> configured_limits(const Parameters& parameters, Beancounter which) {
  return parameters.*kKinds[static_cast<size_t>(which)].configured;
}

void set_configured_limits(const Parameters& parameters, Beancounters& beancounters) {
  for (size_t i = 0; i < kBeancounters; ++i) {
    const auto which = static_cast<Beancounter>(i);
    const auto limits = configured_limits(parameters, which);
    if (!limits) continue;
    beancounters[which].barrier = limits->barrier;
    beancounters[which].limit = limits->limit;
  }
}

BeancounterSet cheap_beancounters() {
  return all_beancounters() & ~BeancounterSet(kOfProcesses);
}

BeancounterSet all_beancounters() {
  return BeancounterSet().set();
}

BeancounterReader::Hierarchy BeancounterReader::hierarchy_of(const CgroupLayout& layout,
                                                             std::string_view controller) {
  const CgroupHierarchy* found = layout.find(controller);
  return found == nullptr ? Hierarchy() : Hierarchy{found->mount_point, found->v2};
}

BeancounterReader::BeancounterReader(const CgroupLayout& layout)
    : memory_(hierarchy_of(layout, "memory")), pids_(hierarchy_of(layout, "pids")) {
  // In a hierarchy of v1 the container can make no groups, so one file lists all.
  for (const char* controller : {"freezer", "pids", "memory"}) {
    processes_ = hierarchy_of(layout, controller);
    if (!processes_.mount_point.empty() && !processes_.v2) return;
  }
  if (const CgroupHierarchy* unified = layout.unified()) processes_ = {unified->mount_point, true};
}

const FileLocks& BeancounterReader::locks() const {
  if (!locks_) locks_ = read_file_locks();
  return *locks_;
}

std::optional<Beancounters> BeancounterReader::read(Ctid ctid, const RunState& state,
                                                    BeancounterSet wanted) const {
  Beancounters values;
  const std::string path = container_cgroup_path(ctid);
  if (any_of(wanted, kOfMemory) && !memory_.mount_point.empty())
    read_memory(memory_.mount_point + path, memory_.v2, wanted, values);
  if (any_of(wanted, bits(numproc)) && !pids_.mount_point.empty()) {
    if (KernelFiles group(pids_.mount_point + path); group) {
      values[numproc] = {.held = group.number("pids.current"),
                         .max_held = group.number("pids.peak"),
                         .failures = group.number_in("pids.events", "max")};
    }
  }
  if (any_of(wanted, kOfSockets)) read_sockets(state.init_pid, values);
  if (any_of(wanted, kOfProcesses) && !processes_.mount_point.empty())
    read_processes(processes_.mount_point + path, processes_.v2, locks(), values);
  for (size_t i = 0; i < kBeancounters; ++i) {
    if (!wanted[i]) values[static_cast<Beancounter>(i)] = {};
  }
  if (process_start_time(state.init_pid) != state.init_start) return std::nullopt;
  return values;
}

}  // namespace vz
