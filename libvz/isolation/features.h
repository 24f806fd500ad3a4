#pragma once

#include "libvz/config/parameters.h"
#include "libvz/isolation/seccomp.h"

namespace vz {

// What FEATURES and NETFILTER come to with namespaces. A network namespace gives sit, ipip, ipgre and bridge
// to everybody who may configure it, and sysfs is always there (read-only), so these five change nothing;
// fuse, tun and ppp are devices (devices.h).

bool feature_on(const Parameters& parameters, Feature feature);

SeccompPolicy seccomp_policy(const Parameters& parameters);

// nesting: a second, unmasked /proc and /sys below /dev/.nesting, without which the kernel lets no user
// namespace inside mount these file systems. What the masks hide belongs to ids that are not the container's,
// so it stays closed: but only with a user namespace.
bool nesting_allowed(const Parameters& parameters, bool own_user_namespace);

// One warning on the log for each of the given features that cannot be had: nfs and nfsd with a user
// namespace, nesting without.
void warn_of_features(const Parameters& given, bool own_user_namespace);

}  // namespace vz
