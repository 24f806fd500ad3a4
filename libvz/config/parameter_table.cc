#include "libvz/config/parameter_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr unsigned kMostInt = std::numeric_limits<int>::max();
constexpr unsigned kMostUnsigned = std::numeric_limits<unsigned>::max();

// One kind of value: how it is read and written. Parameters of the same kind share it.
struct YesNo {
  static Result<bool> parse(std::string_view text, ParseContext&) { return parse_yes_no(text); }
  static std::string print(bool value) { return value ? "yes" : "no"; }
};

template <unsigned Least = 0, unsigned Most = kMostInt>
struct Number {
  static Result<unsigned> parse(std::string_view text, ParseContext&) {
    return parse_number(text, Least, Most);
  }
  static std::string print(unsigned value) { return std::to_string(value); }
};

// One line; what it says is up to the parameter.
struct Text {
  static Result<std::string> parse(std::string_view text, ParseContext&) {
    if (std::ranges::any_of(text, [](unsigned char c) { return c < ' ' && c != '\t'; })) {
      return fail(ExitCode::invalid_value, "control characters are not allowed");
    }
    return std::string(text);
  }
  static std::string print(const std::string& value) { return value; }
};

struct Path : Text {
  static Result<std::string> parse(std::string_view text, ParseContext& context) {
    constexpr size_t kLongest = 511;
    if (!text.starts_with('/') || text.size() > kLongest)
      return fail(ExitCode::invalid_value, "not an absolute path");
    return Text::parse(text, context);
  }
};

struct Name : Text {
  static Result<std::string> parse(std::string_view text, ParseContext&) {
    return parse_container_name(text);
  }
};

struct LayoutName {
  static Result<Layout> parse(std::string_view text, ParseContext&) { return parse_layout(text); }
  static std::string print(Layout value) { return layout_text(value); }
};

template <Unit Counted>
struct Limits {
  static Result<BarrierLimit> parse(std::string_view text, ParseContext& context) {
    return parse_barrier_limit(text, Counted, context);
  }
  static std::string print(const BarrierLimit& value) { return barrier_limit_text(value); }
};

struct Memory {
  static Result<BarrierLimit> parse(std::string_view text, ParseContext& context) {
    return parse_memory(text, context);
  }
};

template <Unit Counted>
struct Quota {
  static Result<SoftHard> parse(std::string_view text, ParseContext& context) {
    return parse_soft_hard(text, Counted, context);
  }
  static std::string print(const SoftHard& value) { return soft_hard_text(value); }
};

struct CpuLimit : Number<> {
  static Result<unsigned> parse(std::string_view text, ParseContext&) {
    return parse_cpulimit(text, host_cpus());
  }
};

template <bool AutomaticAllowed>
struct Mask {
  static Result<IdMask> parse(std::string_view text, ParseContext&) {
    return parse_id_mask(text, AutomaticAllowed);
  }
  static std::string print(const IdMask& value) { return value.text(); }
};

struct IpList {
  static Result<std::vector<IpAddress>> parse(std::string_view text, ParseContext&) {
    return parse_ip_list(text);
  }
  static std::string print(const std::vector<IpAddress>& value) { return ip_list_text(value); }
  static bool same(const IpAddress& a, const IpAddress& b) { return a.same_address(b); }
};

struct Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_nameservers(text);
  }
  static std::string print(const std::vector<std::string>& value) { return join(value, " "); }
  static bool same(const std::string& a, const std::string& b) { return a == b; }
};

struct Searchdomains : Nameservers {
  static Result<std::vector<std::string>> parse(std::string_view text, ParseContext&) {
    return parse_searchdomains(text);
  }
};

struct Netif {
  static Result<std::vector<Veth>> parse(std::string_view text, ParseContext&) { return parse_netif(text); }
  static std::string print(const std::vector<Veth>& value) { return netif_text(value); }
};

// What --netif_add says: one more interface.
struct NetifAdd : Netif {
  static Result<std::vector<Veth>> parse(std::string_view text, ParseContext& context) {
    VZ_ASSIGN(Veth veth, parse_netif_add(text, context));
    return std::vector<Veth>{std::move(veth)};
  }
  static bool same(const Veth& a, const Veth& b) { return a.ifname == b.ifname; }
};

struct Capabilities {
  static Result<CapabilityChanges> parse(std::string_view text, ParseContext& context) {
    return parse_capabilities(text, context);
  }
  static std::string print(const CapabilityChanges& value) { return capabilities_text(value); }
};

struct DeviceNodes {
  static Result<std::vector<DeviceNode>> parse(std::string_view text, ParseContext& context) {
    return parse_device_nodes(text, context);
  }
  static std::string print(const std::vector<DeviceNode>& value) { return device_nodes_text(value); }
  static bool same(const DeviceNode& a, const DeviceNode& b) { return a.name == b.name; }
};

template <auto Member, class Kind>
Result<void> parse_into(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN((into.*Member), Kind::parse(text, context));
  return {};
}

// Lists: an element that is there already (Kind::same) is replaced.
template <auto Member, class Kind>
Result<void> add_into(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN(auto elements, Kind::parse(text, context));
  auto& list = into.*Member;
  if (!list) list.emplace();
  for (auto& element : elements) {
    const auto known =
        std::ranges::find_if(*list, [&](const auto& other) { return Kind::same(other, element); });
    if (known == list->end()) {
      list->push_back(std::move(element));
    } else {
      *known = std::move(element);
    }
  }
  return {};
}

Result<void> add_capabilities(std::string_view text, ParseContext& context, Parameters& into) {
  VZ_ASSIGN(const CapabilityChanges changes, parse_capabilities(text, context));
  if (!into.capability) into.capability.emplace();
  for (const auto& [number, on] : changes) (*into.capability)[number] = on;
  return {};
}

template <auto Member, class Kind>
Parameter with_access(Parameter row) {
  if (row.parse == nullptr) row.parse = parse_into<Member, Kind>;
  row.print = [](const Parameters& from) -> std::optional<std::string> {
    if (!(from.*Member)) return std::nullopt;
    return Kind::print(*(from.*Member));
  };
  row.take = [](const Parameters& from, Parameters& into) {
    if (from.*Member) into.*Member = from.*Member;
  };
  row.clear = [](Parameters& in) { (in.*Member).reset(); };
  row.equal = [](const Parameters& a, const Parameters& b) { return a.*Member == b.*Member; };
  return row;
}

template <auto Member, class Kind>
Parameter list_row(Parameter row) {
  row.repeat = Repeat::accumulate;
  row.parse = add_into<Member, Kind>;
  return with_access<Member, Kind>(std::move(row));
}

void append_resources(std::vector<Parameter>& table) {
  table.push_back(with_access<&Parameters::numproc, Limits<Unit::count>>(
      {.key = "NUMPROC",
       .repeat = Repeat::last_wins,
       .options = {{"numproc", 'p', "N[:N]", "number of processes and threads"}},
       .live = true}));
  table.push_back(with_access<&Parameters::physpages, Limits<Unit::pages>>(
      {.key = "PHYSPAGES",
       .repeat = Repeat::last_wins,
       .options = {{"physpages", 0, "PAGES[:PAGES]", "memory, in pages"},
                   {"ram", 0, "BYTES", "memory, in bytes (suffixes G, M, K), or unlimited", kSet,
                    parse_into<&Parameters::physpages, Memory>}},
       .live = true}));
  table.push_back(with_access<&Parameters::swappages, Limits<Unit::pages>>(
      {.key = "SWAPPAGES",
       .repeat = Repeat::last_wins,
       .options = {{"swappages", 0, "PAGES[:PAGES]", "swap space, in pages"},
                   {"swap", 0, "BYTES", "swap space, in bytes (suffixes G, M, K), or unlimited", kSet,
                    parse_into<&Parameters::swappages, Memory>}},
       .live = true}));
}

void append_rights_and_network(std::vector<Parameter>& table) {
  Parameter capability = with_access<&Parameters::capability, Capabilities>(
      {.key = "CAPABILITY",
       .repeat = Repeat::accumulate,
       .options = {{"capability", 0, "NAME:on|off[,...]", "capabilities that the container may have"}},
       .needs_restart = true});
  capability.parse = add_capabilities;
  table.push_back(std::move(capability));
  table.push_back(list_row<&Parameters::ip, IpList>(
      {.key = "IP_ADDRESS",
       .options = {{"ipadd", 0, "ADDR[/LEN]", "add an IP address", kSet | kCreate},
                   {"ip", 0, "ADDR", "", kSet}},
       .live = true,
       .in_sample = false}));
  table.push_back(with_access<&Parameters::hostname, Text>(
      {.key = "HOSTNAME",
       .options = {{"hostname", 0, "NAME", "host name", kSet | kCreate}},
       .live = true,
       .in_sample = false}));
  table.push_back(with_access<&Parameters::description, Text>(
      {.key = "DESCRIPTION",
       .options = {{"description", 0, "TEXT", "description", kSet | kCreate}},
       .in_sample = false}));
  table.push_back(list_row<&Parameters::nameserver, Nameservers>(
      {.key = "NAMESERVER", .options = {{"nameserver", 0, "ADDR|inherit", "DNS server"}}, .live = true}));
  table.push_back(list_row<&Parameters::searchdomain, Searchdomains>(
      {.key = "SEARCHDOMAIN",
       .options = {{"searchdomain", 0, "DOMAIN|inherit", "DNS search domain"}},
       .live = true}));
  table.push_back(list_row<&Parameters::devnodes, DeviceNodes>(
      {.key = "DEVNODES",
       .options = {{"devnodes", 0, "DEVICE:[r][w][q]|none", "access to a device node of the host's /dev"}},
       .live = true}));
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
      {.key = "CPUUNITS", .options = {{"cpuunits", 0, "N", "CPU weight, 8 to 500000"}}, .live = true}));
  table.push_back(with_access<&Parameters::cpulimit, CpuLimit>(
      {.key = "CPULIMIT",
       .options = {{"cpulimit", 0, "N[%]", "CPU limit: percent of one CPU, with %: of the host; 0: none"}},
       .live = true}));
  table.push_back(with_access<&Parameters::cpus, Number<>>(
      {.key = "CPUS", .options = {{"cpus", 0, "N", "number of CPUs"}}, .live = true}));
  table.push_back(with_access<&Parameters::cpumask, Mask<false>>(
      {.key = "CPUMASK", .options = {{"cpumask", 0, "LIST|all", "CPUs to run on, as 0-3,7"}}, .live = true}));
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
  table.push_back(with_access<&Parameters::diskspace, Quota<Unit::kilobytes>>(
      {.key = "DISKSPACE",
       .options = {{"diskspace", 0, "KB[:KB]", "disk space (suffixes G, M, K)", kSet | kCreate}},
       .live = true}));
  table.push_back(with_access<&Parameters::diskinodes, Quota<Unit::inodes>>(
      {.key = "DISKINODES",
       .options = {{"diskinodes", 0, "N[:N]", "number of inodes", kSet | kCreate}},
       .live = true}));
  Parameter netif = with_access<&Parameters::netif, Netif>(
      {.key = "NETIF",
       .options = {{"netif_add", 0, "IFNAME[,MAC[,HOST_IFNAME[,HOST_MAC[,BRIDGE]]]]", "add a veth interface",
                    kSet, add_into<&Parameters::netif, NetifAdd>}},
       .live = true});
  table.push_back(std::move(netif));
  table.push_back(with_access<&Parameters::name, Name>(
      {.key = "NAME",
       .options = {{"name", 0, "NAME", "name that can be used instead of the CTID", kSet | kCreate}},
       .save_only = ExitCode::set_name,
       .in_sample = false}));
  table.push_back(with_access<&Parameters::bootorder, Number<0, kMostUnsigned>>(
      {.key = "BOOTORDER", .options = {{"bootorder", 0, "N", "boot priority: higher starts earlier"}}}));
  table.push_back(with_access<&Parameters::stop_timeout, Number<>>(
      {.key = "STOP_TIMEOUT",
       .options = {{"stop-timeout", 0, "SECONDS", "time that stop gives the container to halt"}},
       .save_only = ExitCode::invalid_syntax}));
}

std::vector<Parameter> make_table() {
  std::vector<Parameter> table;
  append_resources(table);
  append_rights_and_network(table);
  append_storage(table);
  append_cpu(table);
  append_life(table);
  return table;
}

}  // namespace

std::span<const Parameter> parameter_table() {
  static const std::vector<Parameter> table = make_table();
  return table;
}

const Parameter* find_parameter(std::string_view key) {
  if (key.empty()) return nullptr;
  for (const auto& row : parameter_table()) {
    if (row.key == key || row.alias == key) return &row;
  }
  return nullptr;
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
