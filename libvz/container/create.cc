#include "libvz/container/create.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "libvz/config/config_file.h"
#include "libvz/config/container_id.h"
#include "libvz/config/parameter_table.h"
#include "libvz/config/save.h"
#include "libvz/container/destroy.h"
#include "libvz/container/disk_quota.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/process.h"
#include "libvz/core/undo.h"
#include "libvz/distro/dist_scripts.h"
#include "libvz/distro/post_create.h"
#include "libvz/isolation/namespaces.h"
#include "libvz/storage/area.h"
#include "libvz/storage/mount.h"
#include "libvz/storage/template.h"

namespace vz {

namespace {

// One run of create: what the steps hand to each other.
struct Creation {
  const GlobalConfig& global;
  const CreateRequest& request;
  ContainerConfig config;
  std::string sample;     // what ORIGIN_SAMPLE will say; empty: none was used
  std::string temporary;  // the private area while it is made
  std::string archive;
  DistScripts dist;
};

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Result<void> remove_file(const std::string& path) {
  if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + path);
  return {};
}

// Copies the sample to CTID.conf, unless there is one already.
Result<void> prepare_config(Creation& creation, UndoStack& undo) {
  const Paths& paths = creation.global.paths;
  const std::string file = paths.container_config(creation.request.ctid);
  const bool named = creation.request.sample.has_value();
  creation.sample = creation.request.sample.value_or(creation.global.config_sample);
  if (exists(file)) {
    if (named) {
      return fail(ExitCode::copy_config,
                  "Error: container config file " + file + " already exists, can not use --config option");
    }
    if (!creation.sample.empty()) {
      log_info("Warning: CT config file already exists, not applying a default config sample.");
      log_info("It might lead to incomplete CT configuration, you can use --applyconfig to fix.");
    }
    creation.sample.clear();
    return {};
  }
  std::string content;
  if (!creation.sample.empty()) {
    const std::string path = paths.sample_config(creation.sample);
    auto text = read_file(path);
    if (!text) {
      log_error(
          Error(ExitCode::copy_config, "Sample config " + path + " not found", text.error().errno_value())
              .text());
      if (!named) log_error("Fix the value of CONFIGFILE in " + paths.global_config());
      return fail(ExitCode::copy_config, "");
    }
    content = *std::move(text);
  }
  undo.add("remove " + file, [file] { return remove_file(file); });
  auto written = write_config_file(file, content);
  if (!written) return std::unexpected(std::move(written).error().with_code(ExitCode::copy_config));
  return {};
}

// The configuration as it will be: given over the file over vz.conf.
Result<void> load_effective_config(Creation& creation) {
  const CreateRequest& request = creation.request;
  VZ_ASSIGN(creation.config, load_container_config(creation.global, request.ctid));
  creation.config.own = merge(creation.config.own, request.given);
  if (!creation.config.own.layout)
    creation.config.own.layout = creation.global.defaults.layout.value_or(Layout::simfs);
  merge_container_config(creation.global, creation.config);
  if (creation.global.paths.templates.empty()) return fail(ExitCode::template_not_set, "TEMPLATE is not set");
  if (creation.config.private_area.empty()) return fail(ExitCode::private_not_set, "VE_PRIVATE is not set");
  if (creation.config.root.empty()) return fail(ExitCode::root_not_set, "VE_ROOT is not set");
  return {};
}

Result<void> check_private_area_free(const std::string& directory) {
  const auto names = list_directory(directory);
  const bool absent = !names && names.error().errno_value() == ENOENT;
  if (absent || (names && names->empty())) return {};
  return fail(ExitCode::private_exists, "Private area already exists in " + directory);
}

Result<void> check_layout(const ContainerConfig& config) {
  if (config.merged.layout != Layout::ploop) return {};
  log_error("Error: ploop is not supported here");
  log_error("Alternatively, if you can't or don't want to use ploop, please");
  return fail(ExitCode::ploop_unsupported,
              "add --layout simfs option, or set VE_LAYOUT=simfs in /etc/vz/vz.conf");
}

Result<void> assign_name(Creation& creation, UndoStack& undo) {
  const std::string name = creation.request.given.name.value_or("");
  if (name.empty()) return {};
  const Paths& paths = creation.global.paths;
  const Ctid ctid = creation.request.ctid;
  const bool had_it = find_named(paths, name) == ctid;
  VZ_TRY(set_container_name(paths, ctid, name, ""));
  if (!had_it) {
    undo.add("remove name " + name, [paths, name] { return remove_file(paths.names() + "/" + name); });
  }
  log_info("Name " + name + " assigned");
  return {};
}

// Asks the repositories for a template that is not in the cache. False: there was nothing to ask, or no such
// template; what was wrong stands on the terminal.
bool fetch_template(const Paths& paths, const std::string& name) {
  const std::string fetcher = paths.programs + "/vztmpl-dl";
  if (access(fetcher.c_str(), X_OK) < 0) return false;
  Command command;
  command.argv = {fetcher, "--", name};
  command.environment = {"TERM=linux", kPathVariable};
  for (const char* variable : {"HOME", "VZ_PREFIX"}) {
    if (const char* value = getenv(variable))
      command.environment.push_back(std::string(variable) + "=" + value);
  }
  command.capture = false;
  const auto finished = run(command);
  return finished && finished->ok();
}

Result<void> find_archive(Creation& creation) {
  auto& ostemplate = creation.config.own.ostemplate;
  if (!ostemplate) ostemplate = creation.config.merged.ostemplate;
  if (!ostemplate || ostemplate->empty()) ostemplate = creation.global.default_ostemplate;
  if (ostemplate->empty()) return fail(ExitCode::ostemplate_not_set, "OS template is not specified");
  auto found = find_template(creation.global.paths, *ostemplate);
  if (!found && found.error().code() == ExitCode::ostemplate_not_found &&
      fetch_template(creation.global.paths, *ostemplate))
    found = find_template(creation.global.paths, *ostemplate);
  if (!found) return fail(std::move(found));
  creation.archive = *std::move(found);
  return {};
}

// VE_PRIVATE itself is made first: whoever comes second finds it.
Result<void> claim_private_area(Creation& creation, UndoStack& undo) {
  const std::string& directory = creation.config.private_area;
  VZ_ASSIGN(const bool mounted, is_mounted(directory, ""));
  if (mounted) {
    return fail(ExitCode::new_private, "Can't create: private dir (" + directory +
                                           ") is a mount point. Suggestion: use --private " + directory +
                                           "/private");
  }
  if (!exists(directory)) {
    if (auto made = make_directories(directory); !made) {
      return std::unexpected(std::move(made).error().with_code(ExitCode::new_private));
    }
    undo.add("remove " + directory, [directory]() -> Result<void> {
      if (rmdir(directory.c_str()) < 0 && errno != ENOENT)
        return fail_errno(ExitCode::system, "rmdir " + directory);
      return {};
    });
  }
  creation.temporary = directory + ".tmp";
  if (exists(creation.temporary)) {
    log_error("Warning: Temp dir " + creation.temporary + " already exists, deleting");
    VZ_TRY(remove_area(creation.temporary));
  }
  VZ_TRY(make_area(creation.temporary, 0755));
  undo.add("remove " + creation.temporary, [path = creation.temporary] { return remove_area(path); });
  limit_disk(creation.config, creation.temporary);
  return {};
}

Result<void> fill_private_area(Creation& creation, UndoStack& undo) {
  log_info("Creating container private area (" + creation.config.own.ostemplate.value_or("") + ")");
  {
    Progress progress(creation.config.own.ostemplate.value_or(""));
    const auto show = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
    VZ_TRY(unpack_template(creation.archive, creation.temporary, show));
  }
  VZ_TRY(check_interrupt());
  const std::string& directory = creation.config.private_area;
  if (rename(creation.temporary.c_str(), directory.c_str()) < 0) {
    return fail_errno(ExitCode::new_private, "rename " + creation.temporary + " to " + directory);
  }
  undo.add("remove " + directory, [directory] { return remove_area(directory); });
  return {};
}

// The distribution's own finishing touch, in the new root as the container will see it.
Result<void> post_create(const Creation& creation, UndoStack& undo) {
  log_info("Performing postcreate actions");
  if (!creation.dist.scripts.contains(DistAction::post_create)) return {};
  const ContainerConfig& config = creation.config;
  if (!exists(config.root)) {
    undo.add("remove " + config.root, [root = config.root]() -> Result<void> {
      if (rmdir(root.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "rmdir " + root);
      return {};
    });
  }
  UndoStack mounted;
  if (auto made = make_directories(config.root); !made) {
    return fail_errno(ExitCode::mount_point_create, "Can't create mount point " + config.root,
                      made.error().errno_value());
  }
  VZ_TRY(mount_idmapped(config.private_area, config.root, config.uid_base(), config.gid_base(), kIdCount));
  mounted.add("unmount " + config.root, [root = config.root] { return umount_tree(root); });
  VZ_TRY(run_post_create(creation.dist, config.root, config.uid_base(), config.gid_base(), kIdCount));
  mounted.commit();
  return umount_tree(config.root);
}

Result<void> run_create_script(const Creation& creation) {
  const std::string path = creation.global.paths.container_configs() + "/vps.create";
  if (!exists(path)) return {};
  Command command;
  command.argv = {path};
  command.environment = {"HOME=/", "TERM=linux", kPathVariable,
                         "VEID=" + std::to_string(creation.request.ctid),
                         "VE_CONFFILE=" + creation.config.file};
  command.capture = false;
  const auto finished = run(command);
  if (finished && finished->ok()) return {};
  if (!finished) log_error("Error exec " + path + ": " + finished.error().text());
  return fail(ExitCode::action_script, "User create script " + path + " exited with error");
}

// VE_ROOT and VE_PRIVATE are pinned, so that a later change of vz.conf does not move the container.
Result<void> save_config(const Creation& creation) {
  Parameters saved = creation.request.given;
  saved.root = creation.config.merged.root;
  saved.private_area = creation.config.merged.private_area;
  saved.ostemplate = base_name(creation.config.own.ostemplate.value_or(""));
  saved.layout = creation.config.own.layout;
  if (!creation.sample.empty()) saved.origin_sample = creation.sample;
  if (creation.config.uid_base() == 0) {
    saved.local_uid = 0;
    saved.local_gid = 0;
  }
  return save_parameters(creation.config.file, saved);
}

void remove_destroyed_files(const Creation& creation) {
  const std::string directory = creation.global.paths.container_configs();
  const std::string prefix = std::to_string(creation.request.ctid) + ".";
  const auto names = list_directory(directory);
  if (!names) return;
  for (const auto& name : *names) {
    if (name.starts_with(prefix) && name.ends_with(".destroyed")) (void)remove_file(directory + "/" + name);
  }
}

Result<void> create(Creation& creation, UndoStack& undo) {
  VZ_TRY(prepare_config(creation, undo));
  VZ_TRY(load_effective_config(creation));
  VZ_TRY(check_private_area_free(creation.config.private_area));
  VZ_TRY(check_layout(creation.config));
  VZ_TRY(assign_name(creation, undo));
  VZ_TRY(find_archive(creation));
  VZ_ASSIGN(creation.dist, load_dist(creation.global.paths, creation.config.own.ostemplate.value_or("")));
  VZ_TRY(claim_private_area(creation, undo));
  VZ_TRY(fill_private_area(creation, undo));
  VZ_TRY(post_create(creation, undo));
  VZ_TRY(save_config(creation));
  VZ_TRY(run_create_script(creation));
  remove_destroyed_files(creation);
  log_info("Container private area was created");
  return {};
}

}  // namespace

Result<void> create_container(const GlobalConfig& global, const CreateRequest& request) {
  Creation creation{.global = global,
                    .request = request,
                    .config = {},
                    .sample = {},
                    .temporary = {},
                    .archive = {},
                    .dist = {}};
  UndoStack undo;
  auto created = create(creation, undo);
  if (created) {
    undo.commit();
    return {};
  }
  if (const std::string text = created.error().text(); !text.empty()) log_error(text);
  undo.roll_back();
  return fail(created.error().code(), "Creation of container private area failed");
}

}  // namespace vz
