// vzboot start|stop|restart|force-reload|status: all containers of the host. Called by the unit vz.service
// and the init script vz. See vzboot(8).

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "tools/vzboot/boot.h"

namespace {

using vz::Result;

constexpr const char* kUsage =
    "Usage: vzboot {start|stop|status|restart|force-reload}\n"
    "\n"
    "Starts all containers that are to run after a boot, or suspends or stops all that\n"
    "run.  Called by the service vz; see vzboot(8).\n"
    "\n"
    "Exit codes: 0 done, 1 something went wrong, 3 usage or (status) stopped,\n"
    "5 vzctl is not installed, 6 vz.conf is missing.\n";

// Source of the codes: the init script of vzctl 4.x, LSB.
constexpr int kFailed = 1;
constexpr int kUsageError = 3;
constexpr int kStopped = 3;
constexpr int kNotInstalled = 5;
constexpr int kNotConfigured = 6;

int status(const vz::BootSettings& settings) {
  const bool up = vz::is_up(settings);
  std::puts(up ? "OpenVZ is running..." : "OpenVZ is stopped.");
  return up ? 0 : kStopped;
}

// One at a time. The lock goes with the process.
Result<vz::Fd> lock(const vz::BootSettings& settings) {
  const std::string& run = settings.global.paths.run;
  VZ_TRY(vz::make_directories(run));
  VZ_ASSIGN(vz::Fd fd, vz::open_file(run + "/boot.lock", O_RDWR | O_CREAT, 0600));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
    return vz::fail_errno(vz::ExitCode::locked, "Another vzboot is at work");
  }
  return fd;
}

Result<void> act(const vz::BootSettings& settings, const std::string& action) {
  VZ_ASSIGN(const vz::Fd held, lock(settings));
  vz::catch_interrupts();
  if (action != "start") VZ_TRY(vz::shut_down(settings));
  if (action != "stop") VZ_TRY(vz::boot(settings));
  return {};
}

int run(const std::string& action) {
  const std::string prefix = vz::test_prefix();
  if (prefix.empty() && geteuid() != 0) {
    std::fputs("Only root can do this\n", stderr);
    return kFailed;
  }
  vz::configure_log({.program = "vzboot", .file = {}});
  const auto settings = vz::load_boot_settings(prefix);
  if (!settings) {
    vz::log_error(settings.error().text());
    return kNotConfigured;
  }
  if (!settings->enabled) return 0;
  if (access(settings->vzctl().c_str(), X_OK) < 0) {
    vz::log_error(settings->vzctl() + " is not there");
    return kNotInstalled;
  }
  if (action == "status") return status(*settings);
  vz::configure_log({.program = "vzboot",
                     .file = settings->global.log_file,
                     .file_level = settings->global.log_level,
                     .verbosity = settings->global.verbose});
  if (auto done = act(*settings, action); !done) {
    vz::log_error(done.error().text());
    return kFailed;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string action = argc == 2 ? argv[1] : "";
  if (action == "--help" || action == "-h") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  for (const char* known : {"start", "stop", "status", "restart", "force-reload"}) {
    if (action == known) return run(action);
  }
  std::fputs(kUsage, stderr);
  return kUsageError;
}
