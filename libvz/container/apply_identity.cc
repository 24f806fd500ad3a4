#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "libvz/container/aspects.h"
#include "libvz/container/dist_setup.h"
#include "libvz/core/fd.h"
#include "libvz/core/process.h"

namespace vz {

namespace {

Result<void> set_kernel_hostname(pid_t init_pid, const std::string& hostname) {
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  return run_in_child("host name helper", [&]() -> Result<void> {
    if (setns(init.get(), CLONE_NEWUTS) < 0) return fail_errno(ExitCode::system, "setns(uts)");
    if (sethostname(hostname.c_str(), hostname.size()) < 0)
      return fail_errno(ExitCode::system, "sethostname " + hostname);
    return {};
  });
}

}  // namespace

Result<void> apply_identity(const Change& change) {
  if (change.changed.hostname) {
    VZ_TRY(set_kernel_hostname(change.init_pid, *change.changed.hostname));
    VZ_TRY(configure_hostname_inside(change.global, change.after, change.init_pid));
  }
  if (change.changed.nameserver || change.changed.searchdomain) {
    VZ_TRY(configure_dns_inside(change.global, change.after, change.init_pid));
  }
  return {};
}

}  // namespace vz
