#include "libvz/isolation/features.h"

#include "libvz/core/log.h"

namespace vz {

bool feature_on(const Parameters& parameters, Feature feature) {
  if (!parameters.features) return false;
  const auto found = parameters.features->find(feature);
  return found != parameters.features->end() && found->second;
}

SeccompPolicy seccomp_policy(const Parameters& parameters) {
  return {.netfilter = parameters.netfilter != Netfilter::disabled};
}

bool nesting_allowed(const Parameters& parameters, bool own_user_namespace) {
  return own_user_namespace && feature_on(parameters, Feature::nesting);
}

void warn_of_features(const Parameters& given, bool own_user_namespace) {
  for (const Feature feature : {Feature::nfs, Feature::nfsd}) {
    if (own_user_namespace && feature_on(given, feature)) {
      log_error("Warning: FEATURES " + std::string(feature_name(feature)) +
                " has no effect: the kernel refuses NFS to user namespaces. Mount it on the host, or run the "
                "container without one (LOCAL_UID=0)");
    }
  }
  if (!own_user_namespace && feature_on(given, Feature::nesting)) {
    log_error(
        "Warning: FEATURES nesting is left out: without a user namespace (LOCAL_UID=0) it would open the "
        "host's /proc and /sys to the container");
  }
}

}  // namespace vz
