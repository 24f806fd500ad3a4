#include "libvz/isolation/seccomp.h"

#include <linux/btrfs.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <utility>

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

// A subvolume or snapshot that a container makes would be counted apart from its private area's quota.
constexpr unsigned long kRefusedIoctls[] = {BTRFS_IOC_SUBVOL_CREATE, BTRFS_IOC_SUBVOL_CREATE_V2,
                                            BTRFS_IOC_SNAP_CREATE, BTRFS_IOC_SNAP_CREATE_V2};

Result<void> check(int code, const char* what) {
  if (code == 0) return {};
  return fail_errno(ExitCode::environment_create, std::string("seccomp: ") + what, -code);
}

// The kernel looks at 32 bits of an int, so nothing may hide in the others.
scmp_arg_cmp int_argument(unsigned number, unsigned value) {
  return {number, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
}

// Options of netfilter at this level. Source: linux/netfilter_ipv4/ip_tables.h, netfilter_ipv6/ip6_tables.h,
// netfilter_arp/arp_tables.h, netfilter_bridge/ebtables.h.
struct SocketOptions {
  unsigned level;
  std::initializer_list<unsigned> set;
  std::initializer_list<unsigned> get;
};

Result<void> refuse_netfilter(scmp_filter_ctx filter) {
  const SocketOptions options[] = {
      {SOL_IP, {64, 65, 96, 97, 128, 129}, {64, 65, 66, 67, 96, 97, 99, 128, 129, 130, 131}},
      {SOL_IPV6, {64, 65}, {64, 65, 68, 69}}};
  const scmp_arg_cmp netlink[] = {int_argument(0, AF_NETLINK), int_argument(2, NETLINK_NETFILTER)};
  VZ_TRY(check(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket), 2, netlink),
               "netfilter sockets"));
  for (const auto& [level, set, get] : options) {
    for (const auto& [numbers, syscall] :
         {std::pair{set, SCMP_SYS(setsockopt)}, std::pair{get, SCMP_SYS(getsockopt)}}) {
      for (const unsigned number : numbers) {
        const scmp_arg_cmp option[] = {int_argument(1, level), int_argument(2, number)};
        VZ_TRY(check(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOPROTOOPT), syscall, 2, option),
                     "netfilter options"));
      }
    }
  }
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) return {};
  constexpr unsigned kSocket = 1;  // linux/net.h, SYS_SOCKET
  const scmp_arg_cmp call[] = {int_argument(0, kSocket)};
  const int code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(socketcall), 1, call);
  return code == -EDOM ? Result<void>{} : check(code, "socketcall");
}

}  // namespace

Result<void> load_seccomp_filter(const SeccompPolicy& policy) {
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
  for (const unsigned long request : kRefusedIoctls) {
    VZ_TRY(check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, request)),
                 "ioctl"));
  }
  if (!policy.netfilter) VZ_TRY(refuse_netfilter(filter.get()));
  return check(seccomp_load(filter.get()), "load");
}

}  // namespace vz
