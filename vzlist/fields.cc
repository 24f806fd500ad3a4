#include "vzlist/fields.h"

#include <algorithm>
#include <cstdio>

#include "vzlist/field_kinds.h"
#include "vzlist/ubc_fields.h"

namespace vz {

namespace {

using Number = std::optional<std::uint64_t>;

Field with_needs(Field field, const Needs& needs) {
  field.needs = needs;
  return field;
}

Field header_right(Field field) {
  field.header_left = false;
  return field;
}

Field unsorted(Field field) {
  field.compare = nullptr;
  return field;
}

Field ctid_field(const char* name) {
  return number_field(name, "CTID", 10, [](const Listed& c) { return c.ctid; });
}

Field name_field() {
  return with_needs(text_field("name", "NAME", 32, [](const Listed& c) { return c.name; }), {.name = true});
}

Field smart_name_field() {
  const auto get = [](const Listed& c) { return c.name.empty() ? std::to_string(c.ctid) : c.name; };
  Field field = text_field("smart_name", "SMARTNAME", 10, get);
  field.left = field.header_left = false;
  field.needs = {.name = true};
  field.json = [](const Listed& c, std::string& out) {
    if (c.name.empty()) {
      append_json(std::uint64_t{c.ctid}, out);
    } else {
      append_json(std::string_view(c.name), out);
    }
  };
  return field;
}

Field status_field() {
  Field field =
      text_field("status", "STATUS", 9, [](const Listed& c) { return std::string(status_word(c.status)); });
  field.needs = {.status = true};
  field.compare = [](const Listed& a, const Listed& b) { return order(a.status, b.status); };
  return field;
}

Field uptime_field() {
  return {.name = "uptime",
          .header = "UPTIME",
          .width = 15,
          .needs = {.uptime = true},
          .text =
              [](const Listed& c, bool, std::string& out) {
                if (!c.uptime) return;
                const auto seconds = static_cast<unsigned long>(*c.uptime);
                std::array<char, 48> text{};
                std::snprintf(text.data(), text.size(), "%.3lud%.2luh:%.2lum:%.2lus", seconds / 86400,
                              seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
                out += text.data();
              },
          .json =
              [](const Listed& c, std::string& out) {
                std::array<char, 48> text{};
                std::snprintf(text.data(), text.size(), "%.3f", c.uptime.value_or(0.0));
                out += text.data();
              },
          // The longest first.
          .compare = [](const Listed& a, const Listed& b) { return order(b.uptime, a.uptime); }};
}

// The kernel averages the load of the host only.
Field laverage_field() {
  return {.name = "laverage",
          .header = "LAVERAGE",
          .width = 14,
          .text = [](const Listed&, bool, std::string&) {},
          .json = [](const Listed&, std::string& out) { out += "null"; },
          .compare = {}};
}

// Used, and with .s and .h the configured soft and hard limit; none of them shows as 0.
void append_disk(std::vector<Field>& table, const std::string& name, const std::string& header,
                 std::optional<SoftHard> Parameters::*limits, Number Listed::*used) {
  constexpr int kWidth = 10;
  const auto part = [limits](std::uint64_t SoftHard::*which) {
    return [limits, which](const Listed& c) -> Number {
      const auto& value = c.parameters.*limits;
      return value ? Number((*value).*which) : std::nullopt;
    };
  };
  Field usage = count_field(name, header, kWidth, false, [used](const Listed& c) { return c.*used; });
  usage.needs = {.disk = true};
  usage.json = [limits, used](const Listed& c, std::string& out) {
    const auto& configured = c.parameters.*limits;
    if (!configured && !(c.*used)) {
      out += "null";
      return;
    }
    JsonObject object(out);
    object.add("usage", c.*used);
    object.add("softlimit", configured.value_or(SoftHard()).soft);
    object.add("hardlimit", configured.value_or(SoftHard()).hard);
    object.end();
  };
  table.push_back(std::move(usage));
  table.push_back(count_field(name + ".s", header + ".S", kWidth, false, part(&SoftHard::soft)));
  table.back().json = nullptr;
  table.push_back(count_field(name + ".h", header + ".H", kWidth, false, part(&SoftHard::hard)));
  table.back().json = nullptr;
}

Field bootorder_field() {
  Field field = number_field("bootorder", "BOOTORDER", 10, configured<&Parameters::bootorder>());
  field.compare = [](const Listed& a, const Listed& b) {
    const int by_order = order(a.parameters.bootorder, b.parameters.bootorder);
    return by_order != 0 ? by_order : order(b.ctid, a.ctid);
  };
  return field;
}

Field vswap_field() {
  return yes_no_field("vswap", "VSWAP", 5,
                      [](const Listed& c) { return std::optional(is_vswap(c.parameters)); });
}

Field overcommit_field() {
  const auto text_of = [](double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", value);
    return std::string(text.data());
  };
  return {.name = "vm_overcommit",
          .header = "VM_OVC",
          .width = 6,
          .text =
              [text_of](const Listed& c, bool, std::string& out) {
                if (const auto value = c.parameters.vm_overcommit) out += text_of(*value);
              },
          .json = [text_of](const Listed& c,
                            std::string& out) { out += text_of(c.parameters.vm_overcommit.value_or(0)); },
          .compare = {}};
}

Field netfilter_field() {
  return unsorted(text_field("netfilter", "NETFILTER", 9, [](const Listed& c) {
    const auto level = c.parameters.netfilter;
    return level ? std::string(netfilter_text(*level)) : std::string();
  }));
}

std::vector<std::string> addresses(const Listed& c) {
  std::vector<std::string> out;
  if (!c.parameters.ip) return out;
  for (const auto& ip : *c.parameters.ip) out.push_back(ip.address());
  return out;
}

template <auto Member>
Field words_field(const char* name, const char* header) {
  return list_field(name, header, [](const Listed& c) {
    const auto& words = c.parameters.*Member;
    return words ? *words : std::vector<std::string>();
  });
}

// Of each interface of NETIF one word; text: takes an interface to it.
template <class Text>
Field netif_field(const char* name, const char* header, Text text) {
  return list_field(name, header, [text](const Listed& c) {
    std::vector<std::string> words;
    if (!c.parameters.netif) return words;
    for (const auto& veth : *c.parameters.netif) {
      if (std::string word = text(veth); !word.empty()) words.push_back(std::move(word));
    }
    return words;
  });
}

void append_identity(std::vector<Field>& table) {
  for (const char* name : {"ctid", "veid", "vpsid"}) table.push_back(ctid_field(name));
  table.push_back(text_field("private", "PRIVATE", 32, [](const Listed& c) { return c.private_area; }));
  table.push_back(text_field("root", "ROOT", 32, [](const Listed& c) { return c.root; }));
  table.push_back(text_field("mount_opts", "MOUNT_OPTS", 16, configured<&Parameters::mount_opts>()));
  table.push_back(header_right(
      text_field("origin_sample", "ORIGIN_SAMPLE", 32, configured<&Parameters::origin_sample>())));
  table.push_back(text_field("hostname", "HOSTNAME", 32, configured<&Parameters::hostname>()));
  table.push_back(name_field());
  table.push_back(smart_name_field());
  table.push_back(text_field("description", "DESCRIPTION", 32, configured<&Parameters::description>()));
  table.push_back(text_field("ostemplate", "OSTEMPLATE", 32, configured<&Parameters::ostemplate>()));
  table.push_back(list_field("ip", "IP_ADDR", addresses));
  table.push_back(words_field<&Parameters::nameserver>("nameserver", "NAMESERVER"));
  table.push_back(words_field<&Parameters::searchdomain>("searchdomain", "SEARCHDOMAIN"));
  table.push_back(status_field());
}

void append_resources(std::vector<Field>& table) {
  append_disk(table, "diskspace", "DSPACE", &Parameters::diskspace, &Listed::disk_kilobytes);
  append_disk(table, "diskinodes", "DINODES", &Parameters::diskinodes, &Listed::disk_inodes);
  table.push_back(laverage_field());
  table.push_back(uptime_field());
  table.push_back(with_needs(
      number_field("cpulimit", "CPULIM", 7, [](const Listed& c) { return c.cpulimit; }), {.limits = true}));
  table.push_back(with_needs(
      number_field("cpuunits", "CPUUNI", 7, [](const Listed& c) { return c.cpuunits; }), {.limits = true}));
  table.push_back(count_field("cpus", "CPUS", 5, true, configured<&Parameters::cpus>()));
  table.push_back(count_field("ioprio", "IOP", 3, true, configured<&Parameters::ioprio>()));
  table.push_back(count_field("iolimit", "IOLIMIT", 10, false, configured<&Parameters::iolimit>()));
  table.push_back(count_field("iopslimit", "IOPS", 4, false, configured<&Parameters::iopslimit>()));
}

void append_life_and_rights(std::vector<Field>& table) {
  table.push_back(yes_no_field("onboot", "ONBOOT", 6, configured<&Parameters::onboot>()));
  table.push_back(bootorder_field());
  table.push_back(header_right(text_field("layout", "LAYOUT", 6, [](const Listed& c) {
    return layout_text(c.parameters.layout.value_or(Layout::simfs));
  })));
  table.push_back(switches_field("features", "FEATURES", configured<&Parameters::features>(), feature_name));
  table.push_back(vswap_field());
  table.push_back(yes_no_field("disabled", "DISABL", 6, [](const Listed& c) {
    return std::optional(c.parameters.disabled.value_or(false));
  }));
  table.push_back(overcommit_field());
  table.push_back(netfilter_field());
  table.push_back(
      switches_field("capability", "CAPABILITY", configured<&Parameters::capability>(), capability_name));
}

void append_newer(std::vector<Field>& table) {
  table.push_back(list_field("configured_ip", "IP_ADDR", addresses));
  table.push_back(text_field("cpumask", "CPUMASK", 15, [](const Listed& c) {
    return c.parameters.cpumask ? c.parameters.cpumask->text() : std::string();
  }));
  table.push_back(text_field("nodemask", "NODEMASK", 15, [](const Listed& c) {
    return c.parameters.nodemask ? c.parameters.nodemask->text() : std::string();
  }));
  table.push_back(list_field("devnodes", "DEVNODES", [](const Listed& c) {
    std::vector<std::string> words;
    for (const auto& node : c.parameters.devnodes.value_or(std::vector<DeviceNode>()))
      words.push_back(node.name + ":" + (node.perms.empty() ? "none" : node.perms));
    return words;
  }));
  const auto mac_text = [](const std::optional<Mac>& mac) { return mac ? mac->text() : std::string(); };
  table.push_back(netif_field("ifname", "IFNAME", [](const Veth& veth) { return veth.ifname; }));
  table.push_back(netif_field("mac", "MAC", [mac_text](const Veth& veth) { return mac_text(veth.mac); }));
  table.push_back(
      netif_field("host_ifname", "HOST_IFNAME", [](const Veth& veth) { return veth.host_ifname; }));
  table.push_back(
      netif_field("host_mac", "HOST_MAC", [mac_text](const Veth& veth) { return mac_text(veth.host_mac); }));
  table.push_back(netif_field("network", "NETWORK", [](const Veth& veth) { return veth.bridge; }));
}

}  // namespace

std::string_view status_word(ListedStatus status) {
  switch (status) {
    case ListedStatus::running:
      return "running";
    case ListedStatus::stopped:
      return "stopped";
    case ListedStatus::mounted:
      return "mounted";
    case ListedStatus::suspended:
      return "suspended";
  }
  return "";
}

std::span<const Field> field_table() {
  static const std::vector<Field> table = [] {
    std::vector<Field> all;
    append_identity(all);
    append_ubc_fields(all);
    append_resources(all);
    append_life_and_rights(all);
    append_newer(all);
    return all;
  }();
  return table;
}

const Field* find_field(std::string_view name) {
  const auto table = field_table();
  const auto found = std::ranges::find(table, name, &Field::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace vz
