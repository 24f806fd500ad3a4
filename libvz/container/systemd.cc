#include "libvz/container/systemd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"

namespace vz {

namespace {

constexpr const char* kUnits = "/run/systemd/system/";

// Nested UTS, user and IPC namespaces cannot be dumped. Tried with systemd 252 and 257.
constexpr const char* kServices = "[Service]\nProtectHostname=no\nPrivateUsers=no\nPrivateIPC=no\n";

// File systems that only a host can mount, and what works on the host's hardware.
constexpr const char* kMasked[] = {
    "dev-hugepages.mount",           "sys-kernel-debug.mount",        "sys-kernel-tracing.mount",
    "sys-kernel-config.mount",       "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount",
    "proc-sys-fs-binfmt_misc.mount", "systemd-udevd.service",         "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",   "systemd-udev-trigger.service",  "systemd-binfmt.service",
    "systemd-modules-load.service"};

// Links are followed within the container's root, which is the only one this process has.
bool init_is_systemd() {
  char path[PATH_MAX];
  return realpath("/sbin/init", path) != nullptr && std::string_view(path).ends_with("/systemd");
}

}  // namespace

Result<void> adjust_systemd() {
  if (!init_is_systemd()) return {};
  const std::string units = kUnits;
  VZ_TRY(make_directories(units + "service.d"));
  VZ_ASSIGN(const Fd file, open_file(units + "service.d/10-vz.conf", O_WRONLY | O_CREAT | O_TRUNC, 0644));
  VZ_TRY(write_all(file.get(), kServices));
  for (const char* unit : kMasked) {
    if (symlink("/dev/null", (units + unit).c_str()) < 0) {
      return fail_errno(ExitCode::environment_create, "symlink " + units + unit);
    }
  }
  return {};
}

}  // namespace vz
