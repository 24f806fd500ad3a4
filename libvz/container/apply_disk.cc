#include "libvz/container/aspects.h"
#include "libvz/container/disk_quota.h"
#include "libvz/core/log.h"

namespace vz {

Result<void> apply_disk(const Change& change) {
  const Parameters& changed = change.changed;
  if (!changed.diskspace && !changed.diskinodes && !changed.quotatime) return {};
  if (!change.after.merged.disk_quota.value_or(true)) {
    log_info("Disk quota is not enabled, skipping operation");
    return {};
  }
  return require_disk_limits(change.after);
}

}  // namespace vz
