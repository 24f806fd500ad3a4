#pragma once

#include "libvz/core/result.h"

namespace vz {

struct SeccompPolicy {
  // NETFILTER other than disabled. Otherwise the programs inside find neither nf_tables nor ip_tables: the
  // socket (AF_NETLINK, NETLINK_NETFILTER) and the socket options of iptables, arptables and ebtables are
  // refused. 32-bit x86 programs that make sockets by socketcall(2), whose arguments a filter cannot see, can
  // make none.
  bool netfilter = true;
};

// Loads the container's system call filter into the calling process; all its descendants have it too. Refused
// are the calls that reach past every namespace (modules, kexec, clocks of the host, open_by_handle_at,
// keyrings …) and those whose kernel objects cannot be checkpointed (bpf, io_uring, perf). Refused means an
// errno that programs take for "not there". The caller needs CAP_SYS_ADMIN in its user namespace:
// no_new_privs is left alone so that set-user-ID programs work.
Result<void> load_seccomp_filter(const SeccompPolicy& policy);

}  // namespace vz
