#include "libvz/container/destroy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "libvz/config/container_id.h"
#include "libvz/container/cleanup.h"
#include "libvz/container/disk_quota.h"
#include "libvz/container/status.h"
#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/storage/area.h"
#include "libvz/storage/mount.h"

namespace vz {

namespace {

constexpr const char* kTrash = "vztmp";
constexpr const char* kTrashPrefix = "vzctl-rm-me.";

void empty_trash(const std::string& trash) {
  const Fd lock(::open((trash + "/rm.lck").c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) < 0) return;
  // What is thrown in while this one works is found by the next look.
  for (bool found = true; found;) {
    found = false;
    const auto names = list_directory(trash);
    if (!names) return;
    for (const auto& name : *names) {
      if (!name.starts_with(kTrashPrefix)) continue;
      found = remove_area(trash + "/" + name).has_value() || found;
    }
  }
}

Result<void> empty_trash_in_background(const std::string& trash) {
  VZ_ASSIGN(Child starter, fork_child([&] {
              if (fork() != 0) return 0;
              setsid();
              close_other_fds({});
              (void)silence_standard_streams();
              if (chdir("/") == 0) empty_trash(trash);
              _exit(0);
            }));
  VZ_TRY(starter.wait());
  return {};
}

Result<void> destroy_private_area(const std::string& directory) {
  log_info("Destroying container private area: " + directory);
  struct stat status {};
  if (lstat(directory.c_str(), &status) < 0) {
    if (errno == ENOENT) return {};
    return fail_errno(ExitCode::delete_private, "stat " + directory);
  }
  if (S_ISLNK(status.st_mode)) {
    const auto target = read_link(directory);
    log_error("Warning: container private area " + directory + " is a symlink to " + target.value_or("") +
              ".\nOnly the symlink is removed, what it leads to is left.");
    if (unlink(directory.c_str()) < 0) return fail_errno(ExitCode::delete_private, "unlink " + directory);
    return {};
  }
  auto removed = remove_in_background(directory);
  if (!removed) return std::unexpected(std::move(removed).error().with_code(ExitCode::delete_private));
  return {};
}

void set_aside(const std::string& path) {
  const std::string aside = path + ".destroyed";
  if (rename(path.c_str(), aside.c_str()) < 0 && errno != ENOENT) {
    log_error(fail_errno(ExitCode::system, "Warning: failed to rename " + path).error().text());
  }
}

void set_aside_files(const GlobalConfig& global, const ContainerConfig& config) {
  const std::string stem = global.paths.container_configs() + "/" + std::to_string(config.ctid) + ".";
  for (const char* kind : {"mount", "umount", "premount", "postumount", "start", "stop"})
    set_aside(stem + kind);
  set_aside(config.file);
}

}  // namespace

Result<void> remove_in_background(const std::string& directory) {
  VZ_ASSIGN(const std::string root, file_system_root_of(directory));
  const std::string trash = (root == "/" ? "" : root) + "/" + kTrash;
  // A private area that is a file system of its own cannot be moved within itself.
  std::string moved = trash + "/" + kTrashPrefix + "XXXXXX";
  const bool ready = root != directory && make_directories(trash, 0755) && mkdtemp(moved.data()) != nullptr;
  // Onto the new directory, which another command's background process may just have removed: both are fine.
  if (ready && rename(directory.c_str(), moved.c_str()) == 0) return empty_trash_in_background(trash);
  if (ready) {
    const int saved = errno;
    rmdir(moved.c_str());
    if (saved != EXDEV && saved != EBUSY) return fail_errno(ExitCode::system, "rename " + directory, saved);
  }
  log_info("Warning: directory " + directory + " is not on the same filesystem as " + trash +
           " - doing slow/sync removal");
  auto removed = remove_area(directory);
  if (removed || root != directory || removed.error().errno_value() != EBUSY) return removed;
  log_error("Warning: " + directory + " is a mount point: it is empty now, but stays");
  return {};
}

Result<void> destroy_container(const GlobalConfig& global, const ContainerConfig& config) {
  if (config.private_area.empty()) return fail(ExitCode::private_not_set, "VE_PRIVATE is not set");
  if (config.root.empty()) return fail(ExitCode::root_not_set, "VE_ROOT is not set");
  VZ_ASSIGN(const Status status, container_status(global, config));
  if (status.running) {
    log_info("Container is currently running. Stop it first.");
    return fail(ExitCode::running, "");
  }
  if (status.mounted) {
    log_info("Container is currently mounted (umount first)");
    return fail(ExitCode::mounted, "");
  }
  VZ_TRY(clear_remains(global, config));
  // What is left of the files is counted until it is gone.
  if (auto lifted = lift_disk_limits(config); !lifted) log_error("Warning: " + lifted.error().text());
  VZ_TRY(destroy_private_area(config.private_area));
  // Of a create that was killed.
  if (const std::string half = config.private_area + ".tmp"; is_directory(half))
    VZ_TRY(remove_in_background(half));
  const InterruptShield to_the_end;
  if (auto dump = remove_tree(global.paths.default_dump(config.ctid)); !dump) {
    log_error("Warning: failed to remove dump file: " + dump.error().text());
  }
  if (rmdir(config.root.c_str()) < 0 && errno != ENOENT) {
    log_error(fail_errno(ExitCode::system, "Warning: failed to remove " + config.root).error().text());
  }
  // The names, then the file that they lead to: last, as without it a destroy that was cut off is not found
  // again.
  if (auto names = remove_container_names(global.paths, config.ctid); !names) log_error(names.error().text());
  set_aside_files(global, config);
  log_info("Container private area was destroyed");
  return {};
}

}  // namespace vz
