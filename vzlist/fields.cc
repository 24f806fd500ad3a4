#include "vzlist/fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "libvz/core/text.h"
#include "vzlist/ubc_fields.h"

namespace vz {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class Get>
Field text_field(std::string name, std::string header, int width, Get get) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .left = true,
          .header_left = true,
          .text =
              [get](const Listed& c, bool) {
                const std::string value = get(c).value_or("");
                return value.empty() ? std::string("-") : value;
              },
          .json = [get](const Listed& c) -> Json {
            const std::optional<std::string> value = get(c);
            return value && !value->empty() ? Json(*value) : Json(nullptr);
          },
          .compare = [get](const Listed& a, const Listed& b) { return order(get(a), get(b)); }};
}

// unset: what JSON shows for it.
template <class Get>
Field number_field(std::string name, std::string header, int width, Json unset, Get get) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .text =
              [get](const Listed& c, bool) {
                const auto value = get(c);
                return value ? std::to_string(*value) : std::string("-");
              },
          .json = [get, unset](const Listed& c) -> Json {
            const auto value = get(c);
            return value ? Json(*value) : unset;
          },
          .compare = [get](const Listed& a, const Listed& b) { return order(get(a), get(b)); }};
}

template <class Get>
Field list_field(std::string name, std::string header, Get get) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = 15,
          .left = true,
          .header_left = true,
          .text =
              [get](const Listed& c, bool whole) {
                const std::vector<std::string> items = get(c);
                if (items.empty()) return std::string("-");
                return whole ? join(items, " ") : items.front();
              },
          .json = [get](const Listed& c) -> Json {
            return Json(get(c)).is_null() ? Json::array() : Json(get(c));
          },
          .compare = [get](const Listed& a, const Listed& b) { return order(get(a), get(b)); }};
}

template <class Get>
Field yes_no_field(std::string name, std::string header, int width, Get get) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .text =
              [get](const Listed& c, bool) {
                const std::optional<bool> value = get(c);
                return std::string(!value ? "-" : (*value ? "yes" : "no"));
              },
          .json = [get](const Listed& c) -> Json {
            const std::optional<bool> value = get(c);
            return value ? Json(*value) : Json(nullptr);
          },
          .compare = {}};
}

// Known to callers, but nothing here can tell it.
Field absent_field(std::string name, std::string header, int width, bool left, Json json) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .left = left,
          .header_left = left,
          .text = [](const Listed&, bool) { return std::string("-"); },
          .json = [json = std::move(json)](const Listed&) { return json; },
          .compare = {}};
}

template <auto Member>
auto merged() {
  return [](const Listed& c) { return c.config.merged.*Member; };
}

Field ctid_field(const std::string& name) {
  return number_field(name, "CTID", 10, Json(nullptr),
                      [](const Listed& c) { return std::optional(c.config.ctid); });
}

Field smart_name_field() {
  const auto get = [](const Listed& c) { return c.name.empty() ? std::to_string(c.config.ctid) : c.name; };
  return {.name = "smart_name",
          .header = "SMARTNAME",
          .width = 10,
          .text = [get](const Listed& c, bool) { return get(c); },
          .json = [](const Listed& c) { return c.name.empty() ? Json(c.config.ctid) : Json(c.name); },
          .compare = [get](const Listed& a, const Listed& b) { return order(get(a), get(b)); }};
}

Field status_field() {
  return {.name = "status",
          .header = "STATUS",
          .width = 9,
          .left = true,
          .header_left = true,
          .text = [](const Listed& c, bool) { return std::string(status_word(c.status)); },
          .json = [](const Listed& c) { return Json(status_word(c.status)); },
          .compare = [](const Listed& a, const Listed& b) { return order(a.status, b.status); }};
}

Field uptime_field() {
  return {.name = "uptime",
          .header = "UPTIME",
          .width = 15,
          .text = [](const Listed& c, bool) -> std::string {
            if (!c.uptime) return "-";
            const auto seconds = static_cast<unsigned long>(*c.uptime);
            std::array<char, 48> text{};
            std::snprintf(text.data(), text.size(), "%.3lud%.2luh:%.2lum:%.2lus", seconds / 86400,
                          seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
            return text.data();
          },
          .json = [](const Listed& c) { return Json(c.uptime.value_or(0.0)); },
          // The longest first.
          .compare = [](const Listed& a, const Listed& b) { return order(b.uptime, a.uptime); }};
}

// How much of the disk is used cannot be told without quota; the limits can.
std::vector<Field> disk_fields(const std::string& name, const std::string& header,
                               std::optional<SoftHard> Parameters::*member) {
  const auto part = [member](std::uint64_t SoftHard::*which) {
    return [member, which](const Listed& c) -> std::optional<std::uint64_t> {
      const auto& value = c.config.merged.*member;
      return value ? std::optional((*value).*which) : std::nullopt;
    };
  };
  Field usage = absent_field(name, header, 10, false, {});
  usage.json = [member](const Listed& c) -> Json {
    const auto& value = c.config.merged.*member;
    if (!value) return nullptr;
    return Json{{"usage", 0}, {"softlimit", value->soft}, {"hardlimit", value->hard}};
  };
  Field soft = number_field(name + ".s", header + ".S", 10, nullptr, part(&SoftHard::soft));
  Field hard = number_field(name + ".h", header + ".H", 10, nullptr, part(&SoftHard::hard));
  soft.json = nullptr;
  hard.json = nullptr;
  return {usage, soft, hard};
}

Field bootorder_field() {
  Field field = number_field("bootorder", "BOOTORDER", 10, Json(nullptr), merged<&Parameters::bootorder>());
  field.compare = [](const Listed& a, const Listed& b) {
    const int by_order = order(a.config.merged.bootorder, b.config.merged.bootorder);
    return by_order != 0 ? by_order : order(b.config.ctid, a.config.ctid);
  };
  return field;
}

Field layout_field() {
  Field field = text_field("layout", "LAYOUT", 6, [](const Listed& c) -> std::optional<std::string> {
    return layout_text(c.config.merged.layout.value_or(Layout::simfs));
  });
  field.header_left = false;
  return field;
}

Field vswap_field() {
  return yes_no_field("vswap", "VSWAP", 5, [](const Listed& c) -> std::optional<bool> {
    const auto& pages = c.config.merged.physpages;
    return pages && pages->limit != kUnlimited;
  });
}

Field capability_field() {
  Field field = text_field("capability", "CAPABILITY", 15, [](const Listed& c) -> std::optional<std::string> {
    if (!c.config.merged.capability) return std::nullopt;
    std::vector<std::string> items;
    for (const auto& [number, on] : *c.config.merged.capability) {
      items.push_back(std::string(capability_name(number)) + (on ? ":on" : ":off"));
    }
    return join(items, ",");
  });
  field.json = [](const Listed& c) -> Json {
    const auto& changes = c.config.merged.capability;
    if (!changes || changes->empty()) return nullptr;
    Json object = Json::object();
    for (const auto& [number, on] : *changes) object[std::string(capability_name(number))] = on;
    return object;
  };
  field.compare = nullptr;
  return field;
}

std::vector<std::string> addresses(const Listed& c) {
  std::vector<std::string> out;
  for (const auto& ip : c.config.merged.ip.value_or(std::vector<IpAddress>())) out.push_back(ip.address());
  return out;
}

void append_identity(std::vector<Field>& table) {
  for (const char* name : {"ctid", "veid", "vpsid"}) table.push_back(ctid_field(name));
  table.push_back(text_field("private", "PRIVATE", 32,
                             [](const Listed& c) { return std::optional(c.config.private_area); }));
  table.push_back(
      text_field("root", "ROOT", 32, [](const Listed& c) { return std::optional(c.config.root); }));
  table.push_back(absent_field("mount_opts", "MOUNT_OPTS", 16, true, nullptr));
  Field origin = text_field("origin_sample", "ORIGIN_SAMPLE", 32, merged<&Parameters::origin_sample>());
  origin.header_left = false;
  table.push_back(std::move(origin));
  table.push_back(text_field("hostname", "HOSTNAME", 32, merged<&Parameters::hostname>()));
  table.push_back(text_field("name", "NAME", 32, [](const Listed& c) { return std::optional(c.name); }));
  table.push_back(smart_name_field());
  table.push_back(text_field("description", "DESCRIPTION", 32, merged<&Parameters::description>()));
  table.push_back(text_field("ostemplate", "OSTEMPLATE", 32, merged<&Parameters::ostemplate>()));
  table.push_back(list_field("ip", "IP_ADDR", addresses));
  table.push_back(list_field("nameserver", "NAMESERVER", [](const Listed& c) {
    return c.config.merged.nameserver.value_or(std::vector<std::string>());
  }));
  table.push_back(list_field("searchdomain", "SEARCHDOMAIN", [](const Listed& c) {
    return c.config.merged.searchdomain.value_or(std::vector<std::string>());
  }));
  table.push_back(status_field());
}

void append_rest(std::vector<Field>& table) {
  for (auto& field : disk_fields("diskspace", "DSPACE", &Parameters::diskspace))
    table.push_back(std::move(field));
  for (auto& field : disk_fields("diskinodes", "DINODES", &Parameters::diskinodes))
    table.push_back(std::move(field));
  table.push_back(absent_field("laverage", "LAVERAGE", 14, false, nullptr));
  table.push_back(uptime_field());
  table.push_back(number_field("cpulimit", "CPULIM", 7, nullptr, merged<&Parameters::cpulimit>()));
  table.push_back(number_field("cpuunits", "CPUUNI", 7, nullptr, merged<&Parameters::cpuunits>()));
  table.push_back(number_field("cpus", "CPUS", 5, 0, merged<&Parameters::cpus>()));
  table.push_back(absent_field("ioprio", "IOP", 3, false, 0));
  table.push_back(absent_field("iolimit", "IOLIMIT", 10, false, 0));
  table.push_back(absent_field("iopslimit", "IOPS", 4, false, 0));
  table.push_back(yes_no_field("onboot", "ONBOOT", 6, merged<&Parameters::onboot>()));
  table.push_back(bootorder_field());
  table.push_back(layout_field());
  table.push_back(absent_field("features", "FEATURES", 15, true, nullptr));
  table.push_back(vswap_field());
  table.push_back(yes_no_field("disabled", "DISABL", 6, [](const Listed& c) {
    return std::optional(c.config.merged.disabled.value_or(false));
  }));
  table.push_back(absent_field("vm_overcommit", "VM_OVC", 6, false, 0));
  table.push_back(absent_field("netfilter", "NETFILTER", 9, true, nullptr));
  table.push_back(capability_field());
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
    for (auto& field : ubc_fields()) all.push_back(std::move(field));
    append_rest(all);
    return all;
  }();
  return table;
}

const Field* find_field(std::string_view name) {
  const auto table = field_table();
  const auto found = std::ranges::find_if(table, [&](const Field& field) { return field.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace vz
