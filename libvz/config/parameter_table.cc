#include "libvz/config/parameter_table.h"

#include <unordered_map>

#include "libvz/config/parameter_kinds.h"

namespace vz {

namespace {

template <auto Member, Unit Counted>
Parameter beancounter(std::string_view key, std::string_view option, char letter, std::string_view help,
                      std::string_view alias = {}) {
  const std::string_view argument = Counted == Unit::pages   ? "PAGES[:PAGES]"
                                    : Counted == Unit::bytes ? "BYTES[:BYTES]"
                                                             : "N[:N]";
  return with_access<Member, Limits<Counted>>({.key = key,
                                               .alias = alias,
                                               .repeat = Repeat::last_wins,
                                               .options = {{option, letter, argument, help}},
                                               .aspect = Aspect::beancounters});
}

void append_memory(std::vector<Parameter>& table) {
  table.push_back(beancounter<&Parameters::kmemsize, Unit::bytes>("KMEMSIZE", "kmemsize", 'k',
                                                                  "kernel memory, in bytes"));
  table.push_back(beancounter<&Parameters::lockedpages, Unit::pages>("LOCKEDPAGES", "lockedpages", 'l',
                                                                     "memory locked by mlock, in pages"));
  table.push_back(beancounter<&Parameters::privvmpages, Unit::pages>("PRIVVMPAGES", "privvmpages", 0,
                                                                     "private address space, in pages"));
  table.push_back(
      beancounter<&Parameters::shmpages, Unit::pages>("SHMPAGES", "shmpages", 0, "shared memory, in pages"));
  table.push_back(beancounter<&Parameters::numproc, Unit::count>("NUMPROC", "numproc", 'p',
                                                                 "number of processes and threads"));
  Parameter physpages =
      beancounter<&Parameters::physpages, Unit::pages>("PHYSPAGES", "physpages", 0, "memory, in pages");
  physpages.options.push_back({"ram", 0, "BYTES", "memory, in bytes (suffixes G, M, K), or unlimited", kSet,
                               parse_into<&Parameters::physpages, Memory>});
  physpages.options.push_back({"memory", 0, "BYTES", "", kSet, parse_into<&Parameters::physpages, Memory>});
  table.push_back(std::move(physpages));
  table.push_back(beancounter<&Parameters::vmguarpages, Unit::pages>("VMGUARPAGES", "vmguarpages", 0,
                                                                     "guaranteed memory, in pages"));
  table.push_back(beancounter<&Parameters::oomguarpages, Unit::pages>(
      "OOMGUARPAGES", "oomguarpages", 0, "memory that is safe from the OOM killer, in pages"));
}

void append_other_beancounters(std::vector<Parameter>& table) {
  table.push_back(beancounter<&Parameters::numtcpsock, Unit::count>("NUMTCPSOCK", "numtcpsock", 0,
                                                                    "number of TCP sockets"));
  table.push_back(
      beancounter<&Parameters::numflock, Unit::count>("NUMFLOCK", "numflock", 'f', "number of file locks"));
  table.push_back(
      beancounter<&Parameters::numpty, Unit::count>("NUMPTY", "numpty", 't', "number of pseudo-terminals"));
  table.push_back(beancounter<&Parameters::numsiginfo, Unit::count>("NUMSIGINFO", "numsiginfo", 'i',
                                                                    "number of queued signals"));
  table.push_back(beancounter<&Parameters::tcpsndbuf, Unit::bytes>("TCPSNDBUF", "tcpsndbuf", 0,
                                                                   "TCP send buffers, in bytes"));
  table.push_back(beancounter<&Parameters::tcprcvbuf, Unit::bytes>("TCPRCVBUF", "tcprcvbuf", 'b',
                                                                   "TCP receive buffers, in bytes"));
  table.push_back(beancounter<&Parameters::othersockbuf, Unit::bytes>(
      "OTHERSOCKBUF", "othersockbuf", 0, "buffers of Unix sockets and of sending others, in bytes"));
  table.push_back(beancounter<&Parameters::dgramrcvbuf, Unit::bytes>(
      "DGRAMRCVBUF", "dgramrcvbuf", 0, "receive buffers of datagram sockets, in bytes"));
  table.push_back(beancounter<&Parameters::numothersock, Unit::count>("NUMOTHERSOCK", "numothersock", 0,
                                                                      "number of sockets other than TCP"));
  table.push_back(
      beancounter<&Parameters::numfile, Unit::count>("NUMFILE", "numfile", 'n', "number of open files"));
  table.push_back(beancounter<&Parameters::dcachesize, Unit::bytes>(
      "DCACHESIZE", "dcachesize", 'x', "memory of the file name cache, in bytes", "DCACHE"));
  table.push_back(beancounter<&Parameters::numiptent, Unit::count>(
      "NUMIPTENT", "numiptent", 'e', "number of packet filter rules", "IPTENTRIES"));
  Parameter avnumproc = beancounter<&Parameters::avnumproc, Unit::count>(
      "AVNUMPROC", "avnumproc", 0, "average number of processes, by which vzcfgvalidate judges");
  avnumproc.aspect = Aspect::none;
  table.push_back(std::move(avnumproc));
  Parameter swappages =
      beancounter<&Parameters::swappages, Unit::pages>("SWAPPAGES", "swappages", 0, "swap space, in pages");
  swappages.options.push_back({"swap", 0, "BYTES", "swap space, in bytes (suffixes G, M, K), or unlimited",
                               kSet, parse_into<&Parameters::swappages, Memory>});
  table.push_back(std::move(swappages));
  table.push_back(with_access<&Parameters::vm_overcommit, Factor>(
      {.key = "VM_OVERCOMMIT",
       .options = {{"vm_overcommit", 0, "FACTOR", "private address space, as a factor of memory and swap"}},
       .aspect = Aspect::beancounters}));
}

void append_rights(std::vector<Parameter>& table) {
  Parameter iptables = with_access<&Parameters::iptables, Iptables>(
      {.key = "IPTABLES",
       .repeat = Repeat::accumulate,
       .options = {{"iptables", 0, "MODULE[,...]", "deprecated, use --netfilter: packet filter modules"}},
       .restart_refusal = "Unable to set iptables/netfilter on a running container"});
  iptables.parse = add_iptables;
  table.push_back(std::move(iptables));
  table.push_back(with_access<&Parameters::netfilter, NetfilterLevel>(
      {.key = "NETFILTER",
       .repeat = Repeat::last_wins,
       .options = {{"netfilter", 0, "disabled|stateless|stateful|full",
                    "how much of the packet filter may be used inside"}},
       .restart_refusal = "Unable to set iptables/netfilter on a running container"}));
  Parameter capability = with_access<&Parameters::capability, Capabilities>(
      {.key = "CAPABILITY",
       .repeat = Repeat::accumulate,
       .options = {{"capability", 0, "NAME:on|off[,...]", "capabilities that the container may have"}},
       .restart_refusal = "Unable to set capability on a running container"});
  capability.parse = put_into<&Parameters::capability, Capabilities>;
  table.push_back(std::move(capability));
}

void append_network(std::vector<Parameter>& table) {
  table.push_back(list_row<&Parameters::ip, IpList>(
      {.key = "IP_ADDRESS",
       .options = {{"ipadd", 0, "ADDR[/LEN]", "add an IP address", kSet | kCreate},
                   {"ip", 0, "ADDR", "", kSet}},
       .aspect = Aspect::network,
       .in_sample = false}));
  table.push_back(list_row<&Parameters::netdev, Netdevs>(
      {.key = "NETDEV",
       .options = {{"netdev_add", 0, "DEVICE", "move a network interface of the host into the container"}},
       .aspect = Aspect::netdev}));
  table.push_back(list_row<&Parameters::rate, Rates>(
      {.key = "RATE",
       .options = {{"rate", 0, "DEVICE|*:CLASS:KBITS",
                    "guaranteed rate of what it sends, in kilobits a second"}},
       .aspect = Aspect::rate}));
  table.push_back(with_access<&Parameters::ratebound, YesNo>(
      {.key = "RATEBOUND",
       .options = {{"ratebound", 0, "yes|no", "never send faster than the guaranteed rate"}},
       .aspect = Aspect::rate}));
  table.push_back(with_access<&Parameters::hostname, Text>(
      {.key = "HOSTNAME",
       .options = {{"hostname", 0, "NAME", "host name", kSet | kCreate}},
       .aspect = Aspect::identity,
       .in_sample = false}));
  table.push_back(with_access<&Parameters::description, Text>(
      {.key = "DESCRIPTION",
       .options = {{"description", 0, "TEXT", "description", kSet | kCreate}},
       .in_sample = false}));
  table.push_back(list_row<&Parameters::nameserver, Nameservers>(
      {.key = "NAMESERVER",
       .options = {{"nameserver", 0, "ADDR|inherit", "DNS server"}},
       .aspect = Aspect::identity}));
  table.push_back(list_row<&Parameters::searchdomain, Searchdomains>(
      {.key = "SEARCHDOMAIN",
       .options = {{"searchdomain", 0, "DOMAIN|inherit", "DNS search domain"}},
       .aspect = Aspect::identity}));
}

void append_devices(std::vector<Parameter>& table) {
  table.push_back(list_row<&Parameters::devices, DeviceRules>(
      {.key = "DEVICES",
       .options = {{"devices", 0, "b|c:MAJOR:MINOR|all:[r][w][q]|none", "access to a device by its number"}},
       .aspect = Aspect::devices}));
  table.push_back(list_row<&Parameters::devnodes, DeviceNodes>(
      {.key = "DEVNODES",
       .options = {{"devnodes", 0, "DEVICE:[r][w][q]|none", "access to a device node of the host's /dev"}},
       .aspect = Aspect::devices}));
  table.push_back(list_row<&Parameters::pci, PciDevices>(
      {.key = "PCI",
       .options = {{"pci_add", 0, "[DOM:]BUS:SLOT.FUNC", "give the container a PCI device"}},
       .aspect = Aspect::pci}));
}

void append_storage(std::vector<Parameter>& table) {
  table.push_back(
      with_access<&Parameters::root, Path>({.key = "VE_ROOT",
                                            .options = {{"root", 0, "PATH", "mount point", kSet | kCreate}},
                                            .in_sample = false}));
  table.push_back(with_access<&Parameters::private_area, Path>(
      {.key = "VE_PRIVATE",
       .options = {{"private", 0, "PATH", "private area", kSet | kCreate}},
       .in_sample = false}));
  table.push_back(with_access<&Parameters::mount_opts, OptionWords>(
      {.key = "MOUNT_OPTS",
       .options = {{"mount_opts", 0, "OPTION[,...]", "mount options of a container on ploop"}},
       .restart_refusal = "Unable to change mount options on a running container"}));
  table.push_back(with_access<&Parameters::layout, LayoutName>(
      {.key = "VE_LAYOUT",
       .repeat = Repeat::last_wins,
       .options = {{"layout", 0, "simfs|ploop[:MODE]", "how the file system is kept", kCreate},
                   {"ve_layout", 0, "LAYOUT", "", kCreate},
                   {"velayout", 0, "LAYOUT", "", kCreate}}}));
  table.push_back(with_access<&Parameters::ostemplate, Text>(
      {.key = "OSTEMPLATE",
       .options = {{"ostemplate", 0, "NAME", "OS template", kSet | kCreate}},
       .save_only = ExitCode::invalid_syntax,
       .in_sample = false}));
}

void append_cpu(std::vector<Parameter>& table) {
  table.push_back(with_access<&Parameters::cpuunits, Number<8, 500000>>(
      {.key = "CPUUNITS",
       .options = {{"cpuunits", 0, "N", "CPU weight, 8 to 500000"}},
       .aspect = Aspect::cpu}));
  table.push_back(with_access<&Parameters::cpuweight, Number<>>(
      {.key = "CPUUWEIGHT",
       .alias = "CPUWEIGHT",
       .options = {{"cpuweight", 0, "N", "CPU weight; used where --cpuunits is not set"}},
       .aspect = Aspect::cpu}));
  table.push_back(with_access<&Parameters::cpulimit, CpuLimit>(
      {.key = "CPULIMIT",
       .options = {{"cpulimit", 0, "N[%]", "CPU limit: percent of one CPU, with %: of the host; 0: none"}},
       .aspect = Aspect::cpu}));
  table.push_back(with_access<&Parameters::cpus, Number<>>(
      {.key = "CPUS", .options = {{"cpus", 0, "N", "number of CPUs"}}, .aspect = Aspect::cpu}));
  table.push_back(with_access<&Parameters::cpumask, Mask<true>>(
      {.key = "CPUMASK",
       .options = {{"cpumask", 0, "LIST|all|auto", "CPUs to run on, as 0-3,7; auto: those of --nodemask"}},
       .aspect = Aspect::cpu}));
  table.push_back(with_access<&Parameters::nodemask, Mask<false>>(
      {.key = "NODEMASK",
       .options = {{"nodemask", 0, "LIST|all", "NUMA nodes to run on; with --cpumask"}},
       .aspect = Aspect::cpu}));
}

void append_life(std::vector<Parameter>& table) {
  table.push_back(with_access<&Parameters::onboot, YesNo>(
      {.key = "ONBOOT", .options = {{"onboot", 0, "yes|no", "start when the host boots"}}}));
  table.push_back(with_access<&Parameters::origin_sample, Text>({.key = "ORIGIN_SAMPLE", .options = {}}));
  table.push_back(with_access<&Parameters::disabled, YesNo>(
      {.key = "DISABLED", .options = {{"disabled", 0, "yes|no", "refuse to start it"}}}));
  table.push_back(with_access<&Parameters::local_uid, Number<0, kMostUnsigned>>(
      {.key = "LOCAL_UID",
       .options = {{"local_uid", 0, "UID", "first host uid of the user namespace; 0: none", kCreate}}}));
  table.push_back(with_access<&Parameters::local_gid, Number<0, kMostUnsigned>>(
      {.key = "LOCAL_GID",
       .options = {{"local_gid", 0, "GID", "first host gid of the user namespace", kCreate}}}));
}

void append_quota(std::vector<Parameter>& table) {
  table.push_back(with_access<&Parameters::disk_quota, YesNo>(
      {.key = "DISK_QUOTA",
       .options = {{"diskquota", 0, "yes|no", "limit the disk space"}},
       .restart_refusal = "Unable to switch DISK_QUOTA on or off on a running container"}));
  table.push_back(with_access<&Parameters::diskspace, Quota<Unit::kilobytes>>(
      {.key = "DISKSPACE",
       .options = {{"diskspace", 0, "KB[:KB]", "disk space (suffixes G, M, K)", kSet | kCreate}},
       .aspect = Aspect::quota}));
  table.push_back(with_access<&Parameters::diskinodes, Quota<Unit::inodes>>(
      {.key = "DISKINODES",
       .options = {{"diskinodes", 0, "N[:N]", "number of inodes", kSet | kCreate}},
       .aspect = Aspect::quota}));
  table.push_back(with_access<&Parameters::quotatime, Number<>>(
      {.key = "QUOTATIME",
       .options = {{"quotatime", 0, "SECONDS", "how long the soft limit of the quota may be passed"}},
       .aspect = Aspect::quota}));
  table.push_back(with_access<&Parameters::quotaugidlimit, Number<0, kMostUnsigned>>(
      {.key = "QUOTAUGIDLIMIT",
       .options = {{"quotaugidlimit", 0, "N",
                    "number of users and groups with quotas inside; 0: no quotas inside"}},
       .aspect = Aspect::quota}));
}

void append_last(std::vector<Parameter>& table) {
  table.push_back(with_access<&Parameters::meminfo, MeminfoMode>(
      {.key = "MEMINFO",
       .repeat = Repeat::last_wins,
       .options = {{"meminfo", 0, "none|pages:N|privvmpages:N",
                    "deprecated: the memory that the container shows to its programs"}},
       .aspect = Aspect::beancounters}));
  table.push_back(with_access<&Parameters::netif, Netif>(
      {.key = "NETIF",
       .options = {{"netif_add", 0, "IFNAME[,MAC[,HOST_IFNAME[,HOST_MAC[,BRIDGE]]]]", "add a veth interface",
                    kSet, add_into<&Parameters::netif, NetifAdd>}},
       .aspect = Aspect::veth}));
  table.push_back(with_access<&Parameters::name, Name>(
      {.key = "NAME",
       .options = {{"name", 0, "NAME", "name that can be used instead of the CTID", kSet | kCreate}},
       .save_only = ExitCode::set_name,
       .in_sample = false}));
  Parameter features = with_access<&Parameters::features, Features>(
      {.key = "FEATURES",
       .repeat = Repeat::accumulate,
       .options = {{"features", 0, "NAME:on|off[,...]",
                    "kernel facilities: sysfs nfs sit ipip ppp ipgre bridge nfsd fuse tun nesting"}},
       .restart_refusal = "Unable to set features on a running container"});
  features.parse = put_into<&Parameters::features, Features>;
  table.push_back(std::move(features));
  table.push_back(
      with_access<&Parameters::ioprio, Number<0, 7>>({.key = "IOPRIO",
                                                      .repeat = Repeat::last_wins,
                                                      .options = {{"ioprio", 0, "N", "I/O priority, 0 to 7"}},
                                                      .aspect = Aspect::io}));
  table.push_back(with_access<&Parameters::iolimit, IoLimit<1>>(
      {.key = "IOLIMIT",
       .repeat = Repeat::last_wins,
       .options = {{"iolimit", 0, "N[B|K|M|G]", "I/O bandwidth a second, in megabytes; 0: unlimited", kSet,
                    parse_into<&Parameters::iolimit, IoLimit<kMegabyte>>}},
       .aspect = Aspect::io}));
  table.push_back(with_access<&Parameters::iopslimit, IopsLimit>(
      {.key = "IOPSLIMIT",
       .repeat = Repeat::last_wins,
       .options = {{"iopslimit", 0, "N", "I/O operations a second; 0: unlimited"}},
       .aspect = Aspect::io}));
  table.push_back(with_access<&Parameters::bootorder, Number<0, kMostUnsigned>>(
      {.key = "BOOTORDER", .options = {{"bootorder", 0, "N", "boot priority: higher starts earlier"}}}));
  table.push_back(with_access<&Parameters::stop_timeout, Number<>>(
      {.key = "STOP_TIMEOUT",
       .options = {{"stop-timeout", 0, "SECONDS", "time that stop gives the container to halt"}},
       .save_only = ExitCode::invalid_syntax}));
}

std::vector<Parameter> make_table() {
  std::vector<Parameter> table;
  append_memory(table);
  append_other_beancounters(table);
  append_rights(table);
  append_network(table);
  append_devices(table);
  append_storage(table);
  append_cpu(table);
  append_life(table);
  append_quota(table);
  append_last(table);
  return table;
}

}  // namespace

std::span<const Parameter> parameter_table() {
  static const std::vector<Parameter> table = make_table();
  return table;
}

const Parameter* find_parameter(std::string_view key) {
  // vzlist looks up some ten thousand.
  static const std::unordered_map<std::string_view, const Parameter*> rows = [] {
    std::unordered_map<std::string_view, const Parameter*> by_key;
    for (const auto& row : parameter_table()) {
      by_key.emplace(row.key, &row);
      if (!row.alias.empty()) by_key.emplace(row.alias, &row);
    }
    return by_key;
  }();
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : found->second;
}

const Parameter* find_parameter_by_option(std::string_view option) {
  for (const auto& row : parameter_table()) {
    for (const auto& candidate : row.options) {
      if (candidate.name == option) return &row;
    }
  }
  return nullptr;
}

Parameters merge(const Parameters& base, const Parameters& over) {
  Parameters merged = base;
  for (const auto& row : parameter_table()) row.take(over, merged);
  return merged;
}

bool is_empty(const Parameters& parameters) {
  const Parameters nothing;
  return std::ranges::all_of(parameter_table(),
                             [&](const Parameter& row) { return row.equal(parameters, nothing); });
}

}  // namespace vz
