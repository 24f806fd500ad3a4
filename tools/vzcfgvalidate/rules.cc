#include "tools/vzcfgvalidate/rules.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vz {

namespace {

using Member = std::optional<BarrierLimit> Parameters::*;

struct Named {
  const char* name;
  Member member;
};

#define VZ_NAMED(name)       \
  Named {                    \
#name, &Parameters::name \
  }

constexpr std::array kNeeded = {VZ_NAMED(numproc),      VZ_NAMED(numtcpsock),  VZ_NAMED(numothersock),
                                VZ_NAMED(oomguarpages), VZ_NAMED(vmguarpages), VZ_NAMED(kmemsize),
                                VZ_NAMED(tcpsndbuf),    VZ_NAMED(tcprcvbuf),   VZ_NAMED(othersockbuf),
                                VZ_NAMED(dgramrcvbuf),  VZ_NAMED(privvmpages), VZ_NAMED(numfile),
                                VZ_NAMED(dcachesize),   VZ_NAMED(physpages),   VZ_NAMED(numpty)};

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

// No larger than what means unlimited.
std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return a >= kUnlimited - std::min(b, kUnlimited) ? kUnlimited : a + b;
}
std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kUnlimited / b ? kUnlimited : std::min(a * b, kUnlimited);
}

class Checker {
 public:
  Checker(Parameters& parameters, const OnFinding& on_finding)
      : parameters_(parameters), on_finding_(on_finding) {}

  bool valid() const { return valid_; }
  bool has(const Named& named) const { return (parameters_.*named.member).has_value(); }
  BarrierLimit& of(const Named& named) { return *(parameters_.*named.member); }

  bool need(const Named& named) {
    if (has(named)) return true;
    missing(named.name);
    return false;
  }
  void missing(const std::string& name) {
    on_finding_({"Error: parameter " + name + " not found", ""});
    valid_ = false;
  }

  void equal(const Named& named) {
    if (!need(named) || of(named).barrier == of(named).limit) return;
    const std::uint64_t larger = std::max(of(named).barrier, of(named).limit);
    found("Error: barrier should be equal to limit for " + pair(named), named, {larger, larger});
  }
  void ordered(const Named& named) {
    if (!need(named) || of(named).barrier <= of(named).limit) return;
    found("Error: barrier should be <= limit for " + pair(named), named,
          {of(named).barrier, of(named).barrier});
  }
  void ordered(const char* name, std::optional<SoftHard>& value) {
    if (!value) return missing(name);
    if (value->soft <= value->hard) return;
    const std::string soft = number(value->soft);
    if (found("Error: barrier should be <= limit for " + std::string(name) + " (currently, " + soft + ":" +
                  number(value->hard) + ")",
              "set to " + soft + ":" + soft)) {
      value->hard = value->soft;
    }
  }
  void limit_is_none(const Named& named) {
    if (!need(named) || of(named).limit == kUnlimited) return;
    if (found("Error: limit should be = " + number(kUnlimited) + " for " + named.name + " (currently, " +
                  number(of(named).limit) + ")",
              "set to " + number(kUnlimited))) {
      of(named).limit = kUnlimited;
    }
  }

  // "name.bar": what is added to the barrier is added to the limit, too.
  void barrier_at_least(const std::string& severity, const Named& named, std::uint64_t least,
                        bool counts = true) {
    const BarrierLimit now = of(named);
    if (now.barrier >= least) return;
    const BarrierLimit wanted = {least, plus(now.limit, least - now.barrier)};
    if (found(severity + ": " + named.name + ".bar should be > " + number(least) + " (currently, " +
                  number(now.barrier) + ")",
              "set to " + number(wanted.barrier) + ":" + number(wanted.limit), counts)) {
      of(named) = wanted;
    }
  }
  // "name.lim-name.bar"
  void room_at_least(const std::string& severity, const Named& named, std::uint64_t least) {
    const BarrierLimit now = of(named);
    const std::uint64_t room = now.limit - std::min(now.limit, now.barrier);
    if (now.limit == kUnlimited || room >= least) return;
    const std::string name = named.name;
    if (found(severity + ": " + name + ".lim-" + name + ".bar should be > " + number(least) +
                  " (currently, " + number(now.limit) + "-" + number(now.barrier) + "=" + number(room) + ")",
              "set to " + number(now.barrier) + ":" + number(plus(now.barrier, least)))) {
      of(named).limit = plus(now.barrier, least);
    }
  }

  // Tells it; true: to be repaired.
  bool found(const std::string& message, const std::string& proposal, bool counts = true) {
    const bool repair = on_finding_({message, proposal});
    if (!repair && counts) valid_ = false;
    return repair;
  }

 private:
  void found(const std::string& message, const Named& named, BarrierLimit wanted) {
    if (found(message, "set to " + number(wanted.barrier) + ":" + number(wanted.limit))) of(named) = wanted;
  }
  std::string pair(const Named& named) {
    return std::string(named.name) + " (currently, " + number(of(named).barrier) + ":" +
           number(of(named).limit) + ")";
  }

  Parameters& parameters_;
  const OnFinding& on_finding_;
  bool valid_ = true;
};

void check_limited(Checker& checker, const Named& named, std::uint64_t most) {
  if (!checker.need(named)) return;
  BarrierLimit& value = checker.of(named);
  const std::string name = named.name;
  if (value.barrier != 0 &&
      checker.found("Error: " + name + ".bar should be = 0 (currently, " + number(value.barrier) + ")",
                    "set to 0")) {
    value.barrier = 0;
  }
  if (value.limit > most && checker.found("Warning: " + name + ".lim should be <= " + number(most) +
                                              " (currently, " + number(value.limit) + ")",
                                          "set to " + number(most))) {
    value.limit = most;
  }
}

// Every parameter for itself.
void check_each(Checker& checker, Parameters& parameters) {
  for (const auto& named : {VZ_NAMED(numproc), VZ_NAMED(numtcpsock), VZ_NAMED(numothersock)})
    checker.equal(named);
  checker.limit_is_none(VZ_NAMED(vmguarpages));
  for (const auto& named : {VZ_NAMED(kmemsize), VZ_NAMED(tcpsndbuf), VZ_NAMED(tcprcvbuf),
                            VZ_NAMED(othersockbuf), VZ_NAMED(dgramrcvbuf)}) {
    checker.ordered(named);
  }
  checker.limit_is_none(VZ_NAMED(oomguarpages));
  checker.ordered(VZ_NAMED(privvmpages));
  checker.ordered(VZ_NAMED(lockedpages));
  checker.equal(VZ_NAMED(shmpages));
  BarrierLimit& ram = checker.of(VZ_NAMED(physpages));
  if (ram.barrier != 0 &&
      checker.found("Error: barrier should be = 0 for physpages (currently, " + number(ram.barrier) + ")",
                    "set to 0")) {
    ram.barrier = 0;
  }
  checker.limit_is_none(VZ_NAMED(physpages));
  checker.equal(VZ_NAMED(numfile));
  checker.ordered(VZ_NAMED(numflock));
  checker.equal(VZ_NAMED(numpty));
  checker.equal(VZ_NAMED(numsiginfo));
  checker.ordered(VZ_NAMED(dcachesize));
  checker.equal(VZ_NAMED(numiptent));
  if (!parameters.disk_quota.value_or(false)) return;
  checker.ordered("diskspace", parameters.diskspace);
  checker.ordered("diskinodes", parameters.diskinodes);
}

// What kernel memory and files the processes need.
void check_processes(Checker& checker, std::uint64_t processes) {
  const BarrierLimit dcache = checker.of(VZ_NAMED(dcachesize));
  const std::uint64_t dentries = times(checker.of(VZ_NAMED(numfile)).barrier, 384);
  if (dcache.limit < dentries && checker.found("Warning: dcachesize.lim should be > " + number(dentries) +
                                                   " (currently, " + number(dcache.limit) + ")",
                                               "set to " + number(dentries))) {
    checker.of(VZ_NAMED(dcachesize)).limit = dentries;
  }
  constexpr std::uint64_t kKernelMemory = 40 * 1024;
  checker.barrier_at_least("Error", VZ_NAMED(kmemsize),
                           plus(times(kKernelMemory, processes), checker.of(VZ_NAMED(dcachesize)).limit));
  const std::uint64_t guaranteed = checker.of(VZ_NAMED(vmguarpages)).barrier;
  BarrierLimit& allocated = checker.of(VZ_NAMED(privvmpages));
  if (allocated.barrier < guaranteed &&
      checker.found("Warning: privvmpages.bar should be > " + number(guaranteed) + " (currently, " +
                        number(allocated.barrier) + ")",
                    "set to " + number(guaranteed))) {
    allocated = {guaranteed, std::max(allocated.limit, guaranteed)};
  }
}

void check_buffers(Checker& checker) {
  const auto a_socket_each = [&](const Named& sockets) { return times(checker.of(sockets).barrier, 2560); };
  checker.room_at_least("Error", VZ_NAMED(tcpsndbuf), a_socket_each(VZ_NAMED(numtcpsock)));
  checker.room_at_least("Error", VZ_NAMED(othersockbuf), a_socket_each(VZ_NAMED(numothersock)));
  checker.room_at_least("Warning", VZ_NAMED(tcprcvbuf), a_socket_each(VZ_NAMED(numtcpsock)));
  constexpr std::uint64_t kTcp = 64 * 1024;
  checker.barrier_at_least("Warning", VZ_NAMED(tcprcvbuf), kTcp);
  checker.barrier_at_least("Warning", VZ_NAMED(tcpsndbuf), kTcp);
  for (const auto& named : {VZ_NAMED(dgramrcvbuf), VZ_NAMED(othersockbuf)}) {
    constexpr std::uint64_t kLeast = 32 * 1024;
    constexpr std::uint64_t kGood = 129 * 1024;
    if (checker.of(named).barrier < kLeast) {
      checker.barrier_at_least("Warning", named, kLeast);
    } else {
      checker.barrier_at_least("Recommendation", named, kGood, false);
    }
  }
}

void check_files(Checker& checker, std::uint64_t processes) {
  const std::uint64_t sockets =
      plus(plus(checker.of(VZ_NAMED(numtcpsock)).barrier, checker.of(VZ_NAMED(numothersock)).barrier),
           checker.of(VZ_NAMED(numpty)).barrier);
  const std::uint64_t least = std::max(times(processes, 32), sockets);
  BarrierLimit& files = checker.of(VZ_NAMED(numfile));
  if (files.barrier >= least) return;
  const BarrierLimit wanted = {least, plus(files.limit, least - files.barrier)};
  if (checker.found(
          "Warning: numfile should be > " + number(least) + " (currently, " + number(files.barrier) + ")",
          "set to " + number(wanted.barrier) + ":" + number(wanted.limit))) {
    files = wanted;
  }
}

}  // namespace

bool check_vswap(Parameters& parameters, const HostMemory& host, const OnFinding& on_finding) {
  Checker checker(parameters, on_finding);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  check_limited(checker, VZ_NAMED(physpages), host.ram / page);
  check_limited(checker, VZ_NAMED(swappages), host.swap / page);
  return checker.valid();
}

bool check_classic(Parameters& parameters, const OnFinding& on_finding) {
  Checker checker(parameters, on_finding);
  for (const auto& named : kNeeded) checker.need(named);
  if (!checker.valid()) return false;
  const std::uint64_t processes =
      parameters.avnumproc ? parameters.avnumproc->barrier : parameters.numproc->barrier / 2;
  check_each(checker, parameters);
  check_processes(checker, processes);
  check_buffers(checker);
  check_files(checker, processes);
  return checker.valid();
}

}  // namespace vz
