#include "libvz/isolation/seccomp.h"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <memory>

namespace vz {

namespace {

struct Refusal {
  const char* syscall;
  int error;
};

constexpr Refusal kRefused[] = {
    // The host's kernel and hardware.
    {"init_module", EPERM},
    {"finit_module", EPERM},
    {"delete_module", EPERM},
    {"kexec_load", EPERM},
    {"kexec_file_load", EPERM},
    {"iopl", EPERM},
    {"ioperm", EPERM},
    {"swapon", EPERM},
    {"swapoff", EPERM},
    {"acct", EPERM},
    {"quotactl", EPERM},
    {"quotactl_fd", EPERM},
    {"syslog", EPERM},
    // Around the mount namespace: a handle opens any file of the file system.
    {"open_by_handle_at", EPERM},
    // Keyrings are not divided among containers.
    {"keyctl", ENOSYS},
    {"add_key", ENOSYS},
    {"request_key", ENOSYS},
    // Large attack surface, and CRIU cannot dump their objects. systemd and others do without when told so.
    {"bpf", EPERM},
    {"perf_event_open", ENOSYS},
    {"io_uring_setup", ENOSYS},
    {"io_uring_enter", ENOSYS},
    {"io_uring_register", ENOSYS},
    {"userfaultfd", ENOSYS},
    {"fanotify_init", ENOSYS},
    {"lookup_dcookie", ENOSYS},
    {"vmsplice", ENOSYS},
    // Obsolete.
    {"nfsservctl", ENOSYS},
    {"uselib", ENOSYS},
    {"_sysctl", ENOSYS},
    {"vm86", ENOSYS},
    {"vm86old", ENOSYS},
};

Result<void> check(int code, const char* what) {
  if (code == 0) return {};
  return fail_errno(ExitCode::environment_create, std::string("seccomp: ") + what, -code);
}

}  // namespace

Result<void> load_seccomp_filter() {
  const std::unique_ptr<void, void (*)(void*)> filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (filter == nullptr) return fail_errno(ExitCode::environment_create, "seccomp: init", ENOMEM);
  VZ_TRY(check(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0), "no_new_privs"));
  // Also what a 32-bit or x32 program calls; an architecture that this build of libseccomp lacks is refused
  // whole.
  if (seccomp_arch_native() == SCMP_ARCH_X86_64) {
    VZ_TRY(check(seccomp_arch_add(filter.get(), SCMP_ARCH_X86), "32-bit architecture"));
  }
  VZ_TRY(check(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
               "other architectures"));
  for (const auto& refusal : kRefused) {
    const int number = seccomp_syscall_resolve_name(refusal.syscall);
    if (number == __NR_SCMP_ERROR) continue;  // this libseccomp does not know it
    const int code =
        seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(static_cast<unsigned>(refusal.error)), number, 0);
    if (code != -EDOM) VZ_TRY(check(code, refusal.syscall));  // EDOM: not on this architecture
  }
  return check(seccomp_load(filter.get()), "load");
}

}  // namespace vz
