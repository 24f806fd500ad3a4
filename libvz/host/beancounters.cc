#include "libvz/host/beancounters.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "libvz/core/fd.h"
#include "libvz/core/text.h"
#include "libvz/host/process_counts.h"

namespace vz {

namespace {

using Value = std::optional<std::uint64_t>;

constexpr std::array<BeancounterKind, kBeancounters> kKinds = {{
    {"kmemsize", Unit::bytes, 0},     {"lockedpages", Unit::pages, 1},   {"privvmpages", Unit::pages, 2},
    {"shmpages", Unit::pages, 3},     {"numproc", Unit::count, 5},       {"physpages", Unit::pages, 6},
    {"vmguarpages", Unit::pages, 7},  {"oomguarpages", Unit::pages, 8},  {"numtcpsock", Unit::count, 9},
    {"numflock", Unit::count, 10},    {"numpty", Unit::count, 11},       {"numsiginfo", Unit::count, 12},
    {"tcpsndbuf", Unit::bytes, 13},   {"tcprcvbuf", Unit::bytes, 14},    {"othersockbuf", Unit::bytes, 15},
    {"dgramrcvbuf", Unit::bytes, 16}, {"numothersock", Unit::count, 17}, {"dcachesize", Unit::bytes, 18},
    {"numfile", Unit::count, 19},     {"numiptent", Unit::count, 23},    {"swappages", Unit::pages, 24},
}};

template <class... Which>
constexpr unsigned long bits(Which... which) {
  return ((1UL << static_cast<unsigned>(which)) | ...);
}

using enum Beancounter;
constexpr unsigned long kOfProcesses = bits(privvmpages, numflock, numpty, numsiginfo, numfile);
constexpr unsigned long kOfMemory =
    bits(kmemsize, lockedpages, shmpages, physpages, oomguarpages, dcachesize, swappages);
constexpr unsigned long kOfMemoryStat = bits(kmemsize, lockedpages, shmpages, dcachesize);
constexpr unsigned long kOfSockets = bits(numtcpsock, numothersock);

// The member of Parameters of this name, once it is there.
#define VZ_CONFIGURED(name)                                              \
  [](const auto& parameters) -> std::optional<BarrierLimit> {            \
    if constexpr (requires { parameters.name; }) return parameters.name; \
    return std::nullopt;                                                 \
  }
using Configured = std::optional<BarrierLimit> (*)(const Parameters&);
constexpr std::array<Configured, kBeancounters> kConfigured = {
    VZ_CONFIGURED(kmemsize),    VZ_CONFIGURED(lockedpages),  VZ_CONFIGURED(privvmpages),
    VZ_CONFIGURED(shmpages),    VZ_CONFIGURED(numproc),      VZ_CONFIGURED(physpages),
    VZ_CONFIGURED(vmguarpages), VZ_CONFIGURED(oomguarpages), VZ_CONFIGURED(numtcpsock),
    VZ_CONFIGURED(numflock),    VZ_CONFIGURED(numpty),       VZ_CONFIGURED(numsiginfo),
    VZ_CONFIGURED(tcpsndbuf),   VZ_CONFIGURED(tcprcvbuf),    VZ_CONFIGURED(othersockbuf),
    VZ_CONFIGURED(dgramrcvbuf), VZ_CONFIGURED(numothersock), VZ_CONFIGURED(dcachesize),
    VZ_CONFIGURED(numfile),     VZ_CONFIGURED(numiptent),    VZ_CONFIGURED(swappages),
};
#undef VZ_CONFIGURED

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

// The number after "NAME " at the start of a line.
Value number_after(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.size() > name.size() + 1 && line.starts_with(name) && line[name.size()] == ' ' &&
        line.back() != ' ') {
      const std::string_view rest = line.substr(line.find_first_not_of(' ', name.size()));
      return parse_unsigned(rest.substr(0, rest.find(' ')));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

// The small files of one directory of the kernel's. It stays the same directory even if another takes its
// name.
class KernelFiles {
 public:
  explicit KernelFiles(const std::string& directory)
      : directory_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

  explicit operator bool() const { return static_cast<bool>(directory_); }

  // Valid until the next call; empty if there is no such file.
  std::string_view text(const char* name) {
    const Fd file(openat(directory_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    size_t size = 0;
    while (size < buffer_.size()) {
      const ssize_t got = ::read(file.get(), buffer_.data() + size, buffer_.size() - size);
      if (got <= 0) break;
      size += static_cast<size_t>(got);
    }
    return {buffer_.data(), size};
  }
  // Nothing for "max", too.
  Value number(const char* name) { return parse_unsigned(trim(text(name))); }
  Value number_in(const char* name, std::string_view key) { return number_after(text(name), key); }

 private:
  Fd directory_;
  std::array<char, 16384> buffer_{};
};

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

void read_processes(const std::string& group, Beancounters& into) {
  const auto counts = count_processes(group);
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
  return kConfigured[static_cast<size_t>(which)](parameters);
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
    read_processes(processes_.mount_point + path, values);
  for (size_t i = 0; i < kBeancounters; ++i) {
    if (!wanted[i]) values[static_cast<Beancounter>(i)] = {};
  }
  if (process_start_time(state.init_pid) != state.init_start) return std::nullopt;
  return values;
}

}  // namespace vz
