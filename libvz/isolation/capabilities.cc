#include "libvz/isolation/capabilities.h"

#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <memory>

namespace vz {

namespace {

// Beyond what a user namespace confines, or of no use but to attack: loading modules, raw I/O, the host's
// clock, MAC policy, the kernel log, suspend, audit configuration, BPF and profiling, waking the machine.
constexpr unsigned kNeverByDefault[] = {
    CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_PACCT,  CAP_SYS_TIME,          CAP_MAC_OVERRIDE,
    CAP_MAC_ADMIN,  CAP_SYSLOG,    CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND,     CAP_AUDIT_CONTROL,
    CAP_AUDIT_READ, CAP_PERFMON,   CAP_BPF,        CAP_CHECKPOINT_RESTORE};

// Without a user namespace these reach the host.
constexpr unsigned kNotWithoutUserNamespace[] = {CAP_MKNOD, CAP_SYS_RESOURCE, CAP_LINUX_IMMUTABLE,
                                                 CAP_DAC_READ_SEARCH};

}  // namespace

std::set<unsigned> container_capabilities(bool own_user_namespace, const CapabilityChanges& changes) {
  std::set<unsigned> allowed;
  for (unsigned cap = 0; cap <= CAP_LAST_CAP; ++cap) allowed.insert(cap);
  for (const unsigned cap : kNeverByDefault) allowed.erase(cap);
  if (!own_user_namespace) {
    for (const unsigned cap : kNotWithoutUserNamespace) allowed.erase(cap);
  }
  for (const auto& [cap, on] : changes) {
    if (on) {
      allowed.insert(cap);
    } else {
      allowed.erase(cap);
    }
  }
  return allowed;
}

Result<void> limit_capabilities(const std::set<unsigned>& allowed) {
  for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap) {
    if (!allowed.contains(cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
      return fail_errno(ExitCode::set_capability, "Unable to set capability");
    }
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> caps(cap_get_proc(), cap_free);
  if (caps == nullptr) return fail_errno(ExitCode::set_capability, "Unable to set capability");
  cap_clear_flag(caps.get(), CAP_INHERITABLE);
  for (unsigned cap = 0; cap_valid(static_cast<cap_value_t>(cap)) != 0 && cap <= CAP_LAST_CAP; ++cap) {
    if (allowed.contains(cap)) continue;
    const cap_value_t value = static_cast<cap_value_t>(cap);
    cap_set_flag(caps.get(), CAP_PERMITTED, 1, &value, CAP_CLEAR);
    cap_set_flag(caps.get(), CAP_EFFECTIVE, 1, &value, CAP_CLEAR);
  }
  if (cap_set_proc(caps.get()) < 0) return fail_errno(ExitCode::set_capability, "Unable to set capability");
  return {};
}

}  // namespace vz
