#include "libvz/container/run_script.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "libvz/container/cleanup.h"
#include "libvz/container/environment.h"
#include "libvz/container/exec.h"
#include "libvz/container/mount.h"
#include "libvz/container/ownership.h"
#include "libvz/core/file.h"
#include "libvz/host/run_state.h"

namespace vz {

namespace {

Result<Fd> open_script(const std::string& file) {
  auto script = open_file(file, O_RDONLY);
  struct stat status {};
  if (!script || fstat(script->get(), &status) < 0 || S_ISDIR(status.st_mode))
    return fail(ExitCode::no_script, "Script not found: " + file);
  return script;
}

Result<int> run_in_stopped(const GlobalConfig& global, const ContainerConfig& config, int script) {
  VZ_TRY(check_areas(config));
  VZ_TRY(check_no_pending_migration(global.paths, config.ctid));
  VZ_TRY(clear_remains(global, config));
  UndoStack undo;
  VZ_TRY(mount_without_scripts(config, undo));
  VZ_ASSIGN(const Environment environment, make_environment(global, config, false, undo));
  return exec_shell_reading(global, config, environment.init.pid, script);
}

}  // namespace

Result<int> run_script(const GlobalConfig& global, const ContainerConfig& config, const std::string& file) {
  VZ_ASSIGN(const Fd script, open_script(file));
  VZ_ASSIGN(const auto state, load_run_state(global.paths, config.ctid));
  if (!state) return run_in_stopped(global, config, script.get());
  if (state->frozen) return fail(ExitCode::system, "Container is suspended in memory: resume it first");
  return exec_shell_reading(global, config, state->init_pid, script.get());
}

}  // namespace vz
