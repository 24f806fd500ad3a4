#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/config/values.h"

namespace vz {

// What the configuration says of a container: vz.conf and CTID.conf, or the options of one create or set. A
// member that is not set was not given (inherit from the level above, else the built-in default). The table
// of parameters (parameter_table.h) maps each member to its configuration key and option.
struct Parameters {
  // Identity and life.
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> onboot;
  std::optional<unsigned> bootorder;
  std::optional<bool> disabled;
  std::optional<unsigned> stop_timeout;  // seconds; 0 means the default, 120
  std::optional<std::string> ostemplate;
  std::optional<std::string> origin_sample;

  // Storage.
  std::optional<std::string> root;          // unexpanded
  std::optional<std::string> private_area;  // unexpanded
  std::optional<Layout> layout;
  std::optional<std::string> mount_opts;  // comma-separated
  std::optional<SoftHard> diskspace;      // KB
  std::optional<SoftHard> diskinodes;     // count
  std::optional<unsigned>
      local_uid;  // first host uid of the container's user namespace; 0: no user namespace
  std::optional<unsigned> local_gid;

  // Network.
  std::optional<std::vector<IpAddress>> ip;
  std::optional<std::string> hostname;
  std::optional<std::vector<std::string>> nameserver;    // addresses, or "inherit"
  std::optional<std::vector<std::string>> searchdomain;  // domains, or "inherit"
  std::optional<std::vector<Veth>> netif;

  std::optional<std::vector<std::string>> netdev;  // host interfaces that are moved into the container

  std::optional<std::vector<RateRule>> rate;
  std::optional<bool> ratebound;  // no more than rate, even when there is room

  // Beancounters. Pages, bytes or a count, as values.h says for each unit.
  std::optional<BarrierLimit> kmemsize;     // bytes
  std::optional<BarrierLimit> lockedpages;  // pages
  std::optional<BarrierLimit> privvmpages;  // pages
  std::optional<BarrierLimit> shmpages;     // pages
  std::optional<BarrierLimit> numproc;
  std::optional<BarrierLimit> physpages;     // pages
  std::optional<BarrierLimit> vmguarpages;   // pages
  std::optional<BarrierLimit> oomguarpages;  // pages
  std::optional<BarrierLimit> numtcpsock;
  std::optional<BarrierLimit> numflock;
  std::optional<BarrierLimit> numpty;
  std::optional<BarrierLimit> numsiginfo;
  std::optional<BarrierLimit> tcpsndbuf;     // bytes
  std::optional<BarrierLimit> tcprcvbuf;     // bytes
  std::optional<BarrierLimit> othersockbuf;  // bytes
  std::optional<BarrierLimit> dgramrcvbuf;   // bytes
  std::optional<BarrierLimit> numothersock;
  std::optional<BarrierLimit> numfile;
  std::optional<BarrierLimit> dcachesize;  // bytes
  std::optional<BarrierLimit> numiptent;
  std::optional<BarrierLimit> avnumproc;  // only for checking the others
  std::optional<BarrierLimit> swappages;  // pages
  std::optional<double> vm_overcommit;

  // CPU, I/O, quota.
  std::optional<unsigned> cpuunits;
  std::optional<unsigned> cpuweight;
  std::optional<unsigned> cpulimit;  // percent of one CPU; 0: unlimited
  std::optional<unsigned> cpus;
  std::optional<IdMask> cpumask;
  std::optional<IdMask> nodemask;
  std::optional<unsigned> ioprio;     // 0 to 7
  std::optional<unsigned> iolimit;    // bytes a second; 0: unlimited
  std::optional<unsigned> iopslimit;  // operations a second; 0: unlimited
  std::optional<bool> disk_quota;
  std::optional<unsigned> quotatime;       // seconds
  std::optional<unsigned> quotaugidlimit;  // 0: no second-level quota
  std::optional<Meminfo> meminfo;

  // Rights.
  std::optional<CapabilityChanges> capability;
  std::optional<FeatureChanges> features;
  std::optional<Netfilter> netfilter;
  std::optional<IptablesModules> iptables;
  std::optional<std::vector<DeviceRule>> devices;
  std::optional<std::vector<DeviceNode>> devnodes;
  std::optional<std::vector<std::string>> pci;  // "0000:00:1f.2"
};

// True if the memory is limited as a whole (VSwap), instead of by its single kinds. 2147483647 is how 32-bit
// hosts stored "unlimited".
inline bool is_vswap(const Parameters& parameters) {
  constexpr std::uint64_t kUnlimited32 = 2147483647;
  const auto& physpages = parameters.physpages;
  return physpages && physpages->limit != kUnlimited && physpages->limit != kUnlimited32;
}

}  // namespace vz
