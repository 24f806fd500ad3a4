#include "libvz/container/mount.h"

#include "libvz/container/action_scripts.h"
#include "libvz/container/disk_quota.h"
#include "libvz/container/status.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/mount_table.h"
#include "libvz/isolation/namespaces.h"
#include "libvz/storage/mount.h"

namespace vz {

namespace {

Result<void> mount_private(const ContainerConfig& config) {
  if (auto made = make_directories(config.root); !made) {
    return fail_errno(ExitCode::mount_point_create, "Can't create mount point " + config.root,
                      made.error().errno_value());
  }
  limit_disk(config, config.private_area);
  return mount_idmapped(config.private_area, config.root, config.uid_base(), config.gid_base(), kIdCount);
}

}  // namespace

Result<void> check_areas(const ContainerConfig& config) {
  if (config.private_area.empty()) return fail(ExitCode::private_not_set, "VE_PRIVATE is not set");
  if (config.root.empty()) return fail(ExitCode::root_not_set, "VE_ROOT is not set");
  if (!exists(config.private_area)) {
    return fail(ExitCode::no_private, "Container private area " + config.private_area + " does not exist");
  }
  return {};
}

Result<void> mount_container(const GlobalConfig& global, const ContainerConfig& config) {
  if (config.root.empty()) return fail(ExitCode::root_not_set, "VE_ROOT is not set");
  VZ_ASSIGN(const bool mounted, is_mounted(config.root, config.private_area));
  if (mounted) {
    log_error("Container is already mounted");
    return {};
  }
  VZ_TRY(run_host_scripts(global, config, HostScript::premount));
  VZ_TRY(check_areas(config));
  UndoStack undo;
  VZ_TRY(mount_private(config));
  undo.add("unmount " + config.root, [&config] { return umount_tree(config.root); });
  VZ_TRY(run_host_scripts(global, config, HostScript::mount));
  undo.commit();
  log_info("Container is mounted");
  return {};
}

Result<void> umount_container(const GlobalConfig& global, const ContainerConfig& config) {
  VZ_ASSIGN(const Status status, container_status(global, config));
  if (!status.mounted) return fail(ExitCode::not_mounted, "CT is not mounted");
  if (status.running) return fail(ExitCode::running, "Container is running -- stop it first");
  VZ_TRY(run_host_scripts(global, config, HostScript::umount));
  VZ_TRY(umount_tree(config.root));
  VZ_TRY(run_host_scripts(global, config, HostScript::postumount));
  log_info("Container is unmounted");
  return {};
}

Result<void> mount_without_scripts(const ContainerConfig& config, UndoStack& undo) {
  VZ_ASSIGN(const bool mounted, is_mounted(config.root, config.private_area));
  if (mounted) return {};
  VZ_TRY(mount_private(config));
  undo.add("unmount " + config.root, [&config] { return umount_tree(config.root); });
  return {};
}

Result<void> mount_for_run(const GlobalConfig& global, const ContainerConfig& config, bool skip_remount,
                           UndoStack& undo) {
  VZ_ASSIGN(const bool mounted, is_mounted(config.root, config.private_area));
  if (mounted && skip_remount) return {};
  if (mounted) VZ_TRY(umount_container(global, config));
  VZ_TRY(mount_container(global, config));
  undo.add("unmount " + config.root, [&global, &config] { return umount_container(global, config); });
  return {};
}

}  // namespace vz
