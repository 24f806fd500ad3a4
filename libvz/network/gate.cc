#include "libvz/network/gate.h"

#include <algorithm>

#include "libvz/core/text.h"
#include "libvz/network/filter.h"
#include "libvz/network/names.h"

namespace vz {

namespace {

// A venet is never a port of a bridge.
std::vector<std::string> bridged(std::vector<std::string> host_ifnames) {
  std::erase_if(host_ifnames,
                [](const auto& name) { return name.starts_with("venet") && is_host_end_name(name); });
  return host_ifnames;
}

std::string elements(const std::vector<std::string>& names) {
  return " vz gate { \"" + join(names, "\", \"") + "\" }\n";
}

std::vector<FilterFamily> families(const std::vector<std::string>& host_ifnames) {
  if (bridged(host_ifnames).empty()) return {FilterFamily::inet};
  return {FilterFamily::inet, FilterFamily::bridge};
}

Result<void> change_gate(const std::vector<std::string>& host_ifnames, const std::string& script) {
  if (host_ifnames.empty()) return {};
  for (const auto& name : host_ifnames) {
    if (!is_valid_interface_name(name)) return fail(ExitCode::netdev, "bad interface name '" + name + "'");
  }
  return apply_filter(families(host_ifnames), script);
}

}  // namespace

std::string close_gate_script(const std::vector<std::string>& host_ifnames) {
  std::string script = "add element inet" + elements(host_ifnames);
  if (const auto ports = bridged(host_ifnames); !ports.empty())
    script += "add element bridge" + elements(ports);
  return script;
}

std::string open_gate_script(const std::vector<std::string>& host_ifnames) {
  std::string script = close_gate_script(host_ifnames) + "delete element inet" + elements(host_ifnames);
  if (const auto ports = bridged(host_ifnames); !ports.empty())
    script += "delete element bridge" + elements(ports);
  return script;
}

Result<void> close_gate(const std::vector<std::string>& host_ifnames) {
  auto done = change_gate(host_ifnames, close_gate_script(host_ifnames));
  if (!done) return fail(std::move(done), "stop the container's traffic");
  return {};
}

Result<void> open_gate(const std::vector<std::string>& host_ifnames) {
  auto done = change_gate(host_ifnames, open_gate_script(host_ifnames));
  if (!done) return fail(std::move(done), "let the container's traffic pass");
  return {};
}

}  // namespace vz
