#include "tools/vzboot/settings.h"

#include "libvz/config/config_file.h"
#include "libvz/config/values.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"

namespace vz {

namespace {

constexpr unsigned kMostParallel = 10000;

// As a shell would see it: the last setting of a key that these programs read themselves.
std::map<std::string, Assignment> assignments_of(const std::string& path) {
  std::map<std::string, Assignment> found;
  for (auto& assignment : parse_config_text(read_file(path).value_or("")).assignments) {
    found.insert_or_assign(assignment.key, assignment);
  }
  return found;
}

unsigned parallel_of(const std::string& path, const std::map<std::string, Assignment>& values) {
  const auto found = values.find("VE_PARALLEL");
  if (found != values.end()) {
    if (const auto number = parse_number(found->second.value, 1, kMostParallel)) return *number;
    warn_at(path, found->second, "invalid value", "skipped");
  }
  return 4 * host_cpus();
}

}  // namespace

Result<BootSettings> load_boot_settings(const std::string& prefix) {
  BootSettings settings;
  settings.prefix = prefix;
  VZ_ASSIGN(settings.global, load_global_config(prefix));
  const std::string path = settings.global.paths.global_config();
  const auto values = assignments_of(path);
  const auto value = [&](const char* key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string() : found->second.value;
  };
  settings.enabled = value("VIRTUOZZO") != "no";
  settings.suspend = value("VE_STOP_MODE") != "stop";
  if (!value("VE_STOP_MODE").empty() && value("VE_STOP_MODE") != "stop" &&
      value("VE_STOP_MODE") != "suspend") {
    warn_at(path, values.at("VE_STOP_MODE"), "invalid value", "skipped");
  }
  settings.parallel = parallel_of(path, values);
  settings.host_cpuunits = value("VE0CPUUNITS");
  const auto host = assignments_of(settings.global.paths.container_config(0));
  settings.reset_host_ub = host.contains("ONBOOT") && host.at("ONBOOT").value == "yes";
  return settings;
}

}  // namespace vz
