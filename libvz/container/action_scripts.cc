#include "libvz/container/action_scripts.h"

#include <algorithm>
#include <vector>

#include "libvz/container/exec.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"

namespace vz {

namespace {

const char* name_of(HostScript kind) {
  switch (kind) {
    case HostScript::premount:
      return "premount";
    case HostScript::mount:
      return "mount";
    case HostScript::umount:
      return "umount";
    case HostScript::postumount:
      return "postumount";
  }
  return "";
}

Result<void> run_host_script(const ContainerConfig& config, const std::string& kind,
                             const std::string& path) {
  Command command;
  command.argv = {path};
  command.environment = {"HOME=/", "TERM=linux", kPathVariable, "VEID=" + std::to_string(config.ctid),
                         "VE_CONFFILE=" + config.file};
  command.capture = false;
  auto finished = run(command);
  if (!finished) {
    log_error("Error exec " + path + ": " + finished.error().text());
  } else if (finished->ok()) {
    return {};
  }
  return fail(ExitCode::action_script, "Error executing " + kind + " script " + path);
}

}  // namespace

Result<void> run_host_scripts(const GlobalConfig& global, const ContainerConfig& config, HostScript kind) {
  const std::string name = name_of(kind);
  const std::string directory = global.paths.container_configs() + "/";
  std::vector<std::string> scripts = {directory + "vps." + name,
                                      directory + std::to_string(config.ctid) + "." + name};
  if (kind == HostScript::umount || kind == HostScript::postumount) std::ranges::reverse(scripts);
  for (const auto& script : scripts) {
    if (exists(script)) VZ_TRY(run_host_script(config, name, script));
  }
  return {};
}

Result<void> run_container_script(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                  const std::string& kind) {
  const std::string path = global.paths.container_configs() + "/" + std::to_string(config.ctid) + "." + kind;
  if (!exists(path)) return {};
  VZ_ASSIGN(const std::string script, read_file(path));
  VZ_ASSIGN(const Finished finished,
            run_script_inside(global, config, init_pid, script, {"HOME=/", "TERM=linux", kPathVariable},
                              std::chrono::milliseconds{0}));
  if (finished.ok()) return {};
  return fail(ExitCode::action_script,
              "Error executing " + kind + " script " + path + ": " + finished.describe());
}

}  // namespace vz
