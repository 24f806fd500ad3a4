#include "tools/vzsplit/share.h"

#include <algorithm>
#include <array>
#include <optional>

namespace vz {

namespace {

using Amount = std::int64_t;

// What a level of scarcity gives.
struct Level {
  double kernel_memory;  // factor on a container's part of low memory
  double processes;      // factor on its part of the host's threads
  Amount most_per_busy;  // processes for each one that is busy, at most
  Amount per_process;    // bytes of kernel memory
  Amount socket_base;    // bytes of TCP buffer
  Amount per_socket;     // bytes of TCP buffer for each process
  Amount signals;        // queued
  double dentry;         // bytes of cache for each open file
  double allocated;      // factor on guaranteed memory
  Amount locked;         // of the kernel memory, in parts of 204800
  Amount least_low;      // bytes of low memory
};

constexpr std::array<Level, 3> kLevels = {{
    {1.0, 1.0, 8, 81920, 262144, 4096, 1024, 1.5 * 384, 6, 10, 10485760},
    {1.2, 1.5, 5, 65536, 131072, 3036, 512, 1.2 * 384, 3, 3, 2097152},
    {1.8, 2.0, 3, 53248, 65536, 2560, 256, 384, 1.5, 1, 0},
}};
constexpr double kMostKernelMemory = 2.0;  // factor, where no level fits
constexpr double kLowPart = 0.4;           // of low memory is for containers

constexpr Amount kLeastMemory = 5542912;  // bytes a container needs, and of low memory
constexpr Amount kLeastLow = 1348608;
constexpr Amount kLeastProcesses = 30;
constexpr Amount kLeastGuaranteed = 1024;  // pages
constexpr Amount kLeastTcp = 65536;        // bytes
constexpr Amount kLeastDatagram = 32768;
constexpr Amount kLeastSocket = 2560;

constexpr Amount kDefaultDisk = 225280;  // KB
constexpr Amount kDefaultInodes = 88000;

// What the rest follows from.
struct Basis {
  const Level* level = nullptr;
  Amount processes = 0;
  Amount busy = 0;        // average number of processes that do something
  Amount kernel = 0;      // bytes of kernel memory
  Amount guaranteed = 0;  // pages
  BarrierLimit tcp_send{};
  BarrierLimit tcp_receive{};
  BarrierLimit datagram{};
  BarrierLimit other{};
};

// A container's part of all memory, and of low memory, in bytes.
struct Part {
  Amount total = 0;
  Amount low = 0;
  Amount guaranteed = 0;  // pages
};

BarrierLimit both(Amount value) {
  const auto amount = static_cast<std::uint64_t>(std::max<Amount>(value, 0));
  return {amount, amount};
}
BarrierLimit limits(Amount barrier, double limit) {
  return {both(barrier).barrier, both(static_cast<Amount>(limit)).limit};
}

Part part_of(const WholeHost& host, Amount containers, double factor) {
  Part part;
  const auto page = static_cast<Amount>(host.page);
  part.total = static_cast<Amount>(host.memory.ram + host.memory.swap - kHostReserve) / containers;
  part.low = static_cast<Amount>(static_cast<double>(host.memory.low) * kLowPart * factor /
                                 static_cast<double>(containers));
  part.guaranteed = (part.total - part.low) / page;
  if (part.guaranteed < kLeastGuaranteed) {
    part.guaranteed = kLeastGuaranteed;
    part.low = part.total - part.guaranteed * page;
  }
  return part;
}

Amount processes_of(const WholeHost& host, Amount containers, const Level& level) {
  return static_cast<Amount>(level.processes * static_cast<double>(host.threads) /
                             static_cast<double>(containers));
}

std::optional<Basis> fit(const WholeHost& host, Amount containers, const Level& level) {
  const Part part = part_of(host, containers, level.kernel_memory);
  Basis basis{.level = &level, .kernel = part.low / 2, .guaranteed = part.guaranteed};
  basis.busy = basis.kernel / level.per_process;
  if (part.low < level.least_low || basis.busy < kLeastProcesses / 2) return std::nullopt;
  basis.processes = std::max({processes_of(host, containers, level), kLeastProcesses, 2 * basis.busy});
  basis.processes = std::min(basis.processes, basis.busy * level.most_per_busy);
  const Amount tcp = (part.low - basis.kernel) / 3;
  const Amount sockets = level.per_socket * basis.processes;
  if (tcp < level.socket_base + sockets) return std::nullopt;
  const Amount rest = tcp - sockets;
  basis.tcp_send = basis.tcp_receive = {both(rest).barrier, both(tcp).limit};
  basis.datagram = both(rest / 2);
  basis.other = {both(rest / 2).barrier, both(rest / 2 + sockets).limit};
  return basis;
}

// The least that works, with as many processes as it leaves room for.
std::optional<Basis> squeeze(const WholeHost& host, Amount containers) {
  const Level& level = kLevels.back();
  const Part part = part_of(host, containers, kMostKernelMemory);
  Basis basis{
      .level = &level, .processes = processes_of(host, containers, level), .guaranteed = part.guaranteed};
  Amount sockets = 0;
  Amount rest = 0;
  do {
    basis.processes = std::max(basis.processes / 2, kLeastProcesses);
    basis.busy = basis.processes / 2;
    sockets = kLeastSocket * basis.processes;
    basis.kernel = part.low - 2 * (kLeastDatagram + kLeastTcp + sockets);
    rest = basis.kernel - basis.busy * level.per_process;
  } while (rest < 0 && basis.processes > kLeastProcesses);
  if (rest < 0) return std::nullopt;
  basis.datagram = both(kLeastDatagram);
  basis.other = {both(kLeastDatagram).barrier, both(kLeastDatagram + sockets).limit};
  basis.tcp_send = {both(kLeastTcp).barrier, both(kLeastTcp + sockets).limit};
  basis.tcp_receive = {both(kLeastTcp).barrier, both(kLeastTcp + std::min(rest, sockets)).limit};
  if (rest > sockets) basis.kernel += rest - sockets;
  return basis;
}

SoftHard disk_share(std::uint64_t whole, Amount containers, Amount by_default) {
  const std::uint64_t hard = whole == 0 ? static_cast<std::uint64_t>(by_default)
                                        : whole / (2 * static_cast<std::uint64_t>(containers));
  return {hard * 10 / 11, hard};
}

// Memory that may be allocated, in pages. May lower what is guaranteed.
Amount allocated_pages(const WholeHost& host, Amount containers, Basis& basis) {
  const Part part = part_of(host, containers, 0);
  auto pages = static_cast<Amount>(static_cast<double>(basis.guaranteed) * basis.level->allocated);
  if (pages > part.total / static_cast<Amount>(host.page)) pages = basis.guaranteed;
  const auto most =
      static_cast<Amount>(0.6 / static_cast<double>(host.page) * static_cast<double>(host.memory.ram));
  if (containers > 1 && pages > most) {
    pages = most;
    basis.guaranteed = std::min(basis.guaranteed, most);
  }
  return pages;
}

void fill(Share& share, const WholeHost& host, Amount containers, Basis basis) {
  const Level& level = *basis.level;
  const Amount allocated = allocated_pages(host, containers, basis);
  const BarrierLimit guaranteed = {both(basis.guaranteed).barrier, kUnlimited};
  share.memory_pages = both(allocated).barrier;
  share.primary = {{"NUMPROC", both(basis.processes)},
                   {"AVNUMPROC", both(basis.busy)},
                   {"NUMTCPSOCK", both(basis.processes)},
                   {"NUMOTHERSOCK", both(basis.processes)},
                   {"VMGUARPAGES", guaranteed}};
  share.secondary = {{"KMEMSIZE", limits(basis.kernel, static_cast<double>(basis.kernel) * 1.1)},
                     {"TCPSNDBUF", basis.tcp_send},
                     {"TCPRCVBUF", basis.tcp_receive},
                     {"OTHERSOCKBUF", basis.other},
                     {"DGRAMRCVBUF", basis.datagram},
                     {"OOMGUARPAGES", guaranteed},
                     {"PRIVVMPAGES", limits(allocated, static_cast<double>(allocated) * 1.1)}};
  const Amount files = basis.busy * 32;
  const double dentries = static_cast<double>(files) * level.dentry;
  const Amount locks = std::min<Amount>(files / 10, 1000);
  share.auxiliary = {{"LOCKEDPAGES", both(std::max<Amount>(basis.kernel * level.locked / 204800, 4))},
                     {"SHMPAGES", both(allocated / 10)},
                     {"PHYSPAGES", {0, kUnlimited}},
                     {"NUMFILE", both(files)},
                     {"NUMFLOCK", limits(locks, static_cast<double>(locks) * 1.1)},
                     {"NUMPTY", both(std::clamp<Amount>(basis.processes / 10, 4, 512))},
                     {"NUMSIGINFO", both(level.signals)},
                     {"DCACHESIZE", limits(static_cast<Amount>(dentries / 1.03), dentries)},
                     {"NUMIPTENT", both(std::clamp<Amount>(2000 / containers, 4, 200))}};
  share.disk_kilobytes = disk_share(host.disk_kilobytes, containers, kDefaultDisk);
  share.disk_inodes = disk_share(host.disk_inodes, containers, kDefaultInodes);
}

std::string line(const std::string& key, const std::string& value) {
  return key + "=\"" + value + "\"\n";
}

std::string group(const std::vector<Share::Parameter>& parameters) {
  std::string text;
  for (const auto& each : parameters) text += line(each.key, barrier_limit_text(each.value));
  return text;
}

std::string vswap_text(const Share& share) {
  std::string text = "\n# This is VSwap-enabled configuration\n\n" +
                     line("PHYSPAGES", "0:" + std::to_string(share.memory_pages)) +
                     line("SWAPPAGES", "0:" + std::to_string(share.memory_pages * 2)) + "\n";
  for (const char* key : {"KMEMSIZE", "DCACHESIZE", "LOCKEDPAGES", "PRIVVMPAGES", "SHMPAGES", "NUMPROC"})
    text += line(key, "unlimited");
  for (const char* key : {"VMGUARPAGES", "OOMGUARPAGES"}) text += line(key, "0:unlimited");
  for (const char* key : {"NUMTCPSOCK", "NUMFLOCK", "NUMPTY", "NUMSIGINFO", "TCPSNDBUF", "TCPRCVBUF",
                          "OTHERSOCKBUF", "DGRAMRCVBUF", "NUMOTHERSOCK", "NUMFILE", "NUMIPTENT"}) {
    text += line(key, "unlimited");
  }
  return text + "\n";
}

}  // namespace

std::uint64_t most_containers(const HostMemory& memory) {
  const auto fits = [](std::uint64_t bytes, Amount each) {
    return bytes <= kHostReserve ? 0 : (bytes - kHostReserve) / static_cast<std::uint64_t>(each);
  };
  return std::min(fits(memory.ram + memory.swap, kLeastMemory), fits(memory.low, kLeastLow));
}

std::uint64_t most_containers_on_disk(std::uint64_t kilobytes, std::uint64_t inodes) {
  return std::min(kilobytes / kDefaultDisk, inodes / kDefaultInodes);
}

std::string level_text(unsigned level) {
  constexpr std::array kTexts = {"Free resource distribution. Any parameters may be increased",
                                 "Normal resource distribution. Secondary parameters may be increased",
                                 "Partial resource shortage. Auxiliary parameters may be increased",
                                 "Overall resource shortage. Please, do not change any parameters!"};
  return kTexts.at(level);
}

Result<Share> share_of(const WholeHost& host, std::uint64_t containers) {
  const auto count = static_cast<Amount>(containers);
  Share share;
  std::optional<Basis> basis;
  for (; share.level < kLevels.size() && !basis; ++share.level)
    basis = fit(host, count, kLevels[share.level]);
  if (basis) {
    --share.level;
  } else {
    basis = squeeze(host, count);
  }
  if (!basis) {
    return fail(ExitCode::not_enough_ubc,
                "Fatal resource shortage, try to decrease the number of containers");
  }
  fill(share, host, count, *basis);
  return share;
}

std::string sample_text(const WholeHost& host, std::uint64_t containers, const Share& share, bool vswap) {
  const auto megabytes = [](std::uint64_t bytes) { return std::to_string(bytes >> 20); };
  std::string text =
      "# Configuration file generated by vzsplit for " + std::to_string(containers) + " container" +
      (containers == 1 ? "" : "s") + "\n# on HN with total amount of physical memory " +
      megabytes(host.memory.ram) + " Mb,\n# low memory " + megabytes(host.memory.low) + " Mb, swap size " +
      megabytes(host.memory.swap) + " Mb, max threads " + std::to_string(host.threads) +
      ".\n# Resource commit level " + std::to_string(share.level) + ":\n# " + level_text(share.level) + "\n";
  const std::string disk = line("DISKSPACE", soft_hard_text(share.disk_kilobytes)) +
                           line("DISKINODES", soft_hard_text(share.disk_inodes));
  if (vswap) {
    text += vswap_text(share);
  } else {
    text += "# Primary parameters\n" + group(share.primary) + "\n# Secondary parameters\n" +
            group(share.secondary) + "\n# Auxiliary parameters\n" + group(share.auxiliary);
  }
  return text + disk + line("CPUUNITS", "1000");
}

}  // namespace vz
