#include "vzctl/parameter_options.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "libvz/config/parameter_table.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::unexpected<Error> bad_parameter(const std::string& option, const std::string& value) {
  return fail(ExitCode::invalid_value, "Bad parameter for --" + option + ": " + value);
}

// Lists have always been cut at their first separator before they were shown.
std::string shown_value(const Parameter& row, const std::string& value) {
  if (row.repeat != Repeat::accumulate) return value;
  return value.substr(0, value.find_first_of(" \t,"));
}

Result<void> check_host_devices(const Parameters& given) {
  if (!given.devnodes) return {};
  for (const auto& node : *given.devnodes) {
    const std::string path = "/dev/" + node.name;
    struct stat status {};
    if (stat(path.c_str(), &status) < 0) {
      return fail_errno(ExitCode::invalid_value, "Incorrect device name " + path);
    }
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) {
      return fail(ExitCode::invalid_value, "The " + path + " is not block or character device");
    }
  }
  return {};
}

Result<void> take_parameter(const Parameter& row, const ParameterOption& option, const std::string& value,
                            Parameters& given, bool as_letter = false) {
  if (row.repeat == Repeat::first_wins && option.parse == nullptr && row.print(given)) return {};
  ParseContext context;
  Parameters tried = given;
  const auto parsed = (option.parse != nullptr ? option.parse : row.parse)(value, context, tried);
  if (parsed) {
    if (auto devices = check_host_devices(tried); !devices) {
      context.notes.push_back(devices.error().text());
    } else {
      for (const auto& note : context.notes) log_error(note);
      if (context.truncated)
        log_error("Warning: too large value for --" + std::string(option.name) + ", truncated");
      given = std::move(tried);
      return {};
    }
  }
  for (const auto& note : context.notes) log_error(note);
  for (const auto& warning : context.warnings) log_info(warning);
  const std::string shown = shown_value(row, value);
  if (as_letter)
    return fail(ExitCode::invalid_value, std::string("Bad parameter for -") + option.letter + " : " + shown);
  return bad_parameter(std::string(option.name), shown);
}

Result<void> take_ipdel(const std::string& value, Changes& changes) {
  for (const auto& word : split(value, " \t")) {
    if (word == "all") {
      changes.delete_all_ip = true;
      continue;
    }
    const auto ip = parse_ip(word);
    if (!ip) return bad_parameter("ipdel", word);
    changes.delete_ip.push_back(*ip);
  }
  return {};
}

Option option(const std::string& name, const std::string& argument, const std::string& help,
              std::function<Result<void>(const std::string&)> take) {
  return {.name = name, .argument = argument, .help = help, .take = std::move(take)};
}

// The interface that --ifname's companions speak of; they may come before it.
Veth& edited(Changes& changes) {
  if (!changes.edit_netif) changes.edit_netif.emplace();
  return *changes.edit_netif;
}

std::vector<Option> edit_options(Changes& changes) {
  const auto mac_option = [&changes](const std::string& name, const std::string& help,
                                     std::optional<Mac> Veth::*field) {
    return option(name, "MAC", help, [&changes, name, field](const std::string& value) -> Result<void> {
      const auto mac = parse_mac(value);
      if (!mac) return bad_parameter(name, value);
      edited(changes).*field = *mac;
      return {};
    });
  };
  return {option("ifname", "NAME", "the veth interface that the next options are about",
                 [&changes](const std::string& value) -> Result<void> {
                   if (!is_interface_name(value)) return bad_parameter("ifname", value);
                   if (!edited(changes).ifname.empty()) {
                     return fail(ExitCode::invalid_syntax, "Multiple use of --ifname option not allowed");
                   }
                   edited(changes).ifname = value;
                   return {};
                 }),
          mac_option("mac", "its hardware address inside", &Veth::mac),
          option("host_ifname", "NAME", "its name on the host",
                 [&changes](const std::string& value) -> Result<void> {
                   if (!is_interface_name(value)) return bad_parameter("host_ifname", value);
                   edited(changes).host_ifname = value;
                   return {};
                 }),
          mac_option("host_mac", "its hardware address on the host", &Veth::host_mac),
          option("bridge", "NAME", "the bridge it is attached to; an empty name detaches it",
                 [&changes](const std::string& value) -> Result<void> {
                   if (!value.empty() && !is_interface_name(value)) return bad_parameter("bridge", value);
                   edited(changes);
                   changes.edit_bridge = value;
                   return {};
                 }),
          option("mac_filter", "on|off", "refuse frames with another hardware address",
                 [&changes](const std::string& value) -> Result<void> {
                   const auto on = parse_on_off(value);
                   if (!on) return bad_parameter("mac_filter", value);
                   edited(changes).mac_filter = *on;
                   return {};
                 })};
}

}  // namespace

std::vector<Option> parameter_options(unsigned commands, Changes& changes) {
  std::vector<Option> options;
  for (const auto& row : parameter_table()) {
    for (const auto& each : row.options) {
      if ((each.commands & commands) == 0) continue;
      options.push_back(
          {.name = std::string(each.name),
           .letter = commands == kSet ? each.letter : '\0',
           .argument = std::string(each.argument),
           .help = std::string(each.help),
           .take = [&row, &each, &changes](
                       const std::string& value) { return take_parameter(row, each, value, changes.given); },
           .take_letter =
               [&row, &each, &changes](const std::string& value) {
                 return take_parameter(row, each, value, changes.given, true);
               }});
    }
  }
  return options;
}

std::vector<Option> list_options(Changes& changes) {
  std::vector<Option> options = {
      option("ipdel", "ADDR|all", "remove an IP address, or all",
             [&changes](const std::string& value) { return take_ipdel(value, changes); }),
      option("netif_del", "IFNAME|all", "remove a veth interface, or all",
             [&changes](const std::string& value) -> Result<void> {
               if (value == "all") {
                 changes.delete_all_netif = true;
               } else if (is_interface_name(value)) {
                 changes.delete_netif.push_back(value);
               } else {
                 return bad_parameter("netif_del", value);
               }
               return {};
             }),
      option("netdev_del", "DEVICE", "give a network interface back to the host",
             [&changes](const std::string& value) -> Result<void> {
               const auto names = parse_netdevs(value);
               if (!names) return bad_parameter("netdev_del", value);
               changes.delete_netdev.insert(changes.delete_netdev.end(), names->begin(), names->end());
               return {};
             }),
      option("pci_del", "[DOM:]BUS:SLOT.FUNC", "take a PCI device away",
             [&changes](const std::string& value) -> Result<void> {
               const auto devices = parse_pci_devices(value);
               if (!devices) return bad_parameter("pci_del", value);
               changes.delete_pci.insert(changes.delete_pci.end(), devices->begin(), devices->end());
               return {};
             })};
  for (auto& each : edit_options(changes)) options.push_back(std::move(each));
  return options;
}

Result<void> check_list_options(const Changes& changes) {
  if (!changes.edit_netif || !changes.edit_netif->ifname.empty()) return {};
  return fail(ExitCode::invalid_syntax, "Invalid usage.  Option --ifname not specified");
}

}  // namespace vz
