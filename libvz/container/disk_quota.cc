#include "libvz/container/disk_quota.h"

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/host/quota_support.h"
#include "libvz/storage/area_quota.h"

namespace vz {

namespace {

bool wants_quota(const Parameters& parameters) {
  return parameters.disk_quota.value_or(true) && (parameters.diskspace || parameters.diskinodes);
}

Result<void> limit(const ContainerConfig& config, const std::string& area) {
  auto quota = open_area_quota(area, config.ctid);
  if (!quota) return std::unexpected(std::move(quota).error().with_code(ExitCode::quota_set));
  if (!(*quota)->is_counted()) {
    log_info("Initializing quota ...");
    VZ_TRY((*quota)->count());
  }
  return (*quota)->limit(disk_limits_of(config.merged));
}

}  // namespace

void limit_disk(const ContainerConfig& config, const std::string& area) {
  if (quota_support_of(area).kind == QuotaKind::none) return;
  Result<void> done;
  if (wants_quota(config.merged)) {
    done = limit(config, area);
  } else {
    const auto quota = open_area_quota(area, config.ctid);
    if (quota && (*quota)->is_counted()) done = (*quota)->limit({});
  }
  if (!done) log_error("Warning: DISKSPACE and DISKINODES are not enforced: " + done.error().text());
}

void count_disk(const ContainerConfig& config, const std::string& area) {
  const auto quota = open_area_quota(area, config.ctid);
  if (!quota || (*quota)->is_counted() || !wants_quota(config.merged)) return;
  if (auto counted = (*quota)->count(); !counted) log_error("Warning: " + counted.error().text());
}

Result<void> require_disk_limits(const ContainerConfig& config) {
  return limit(config, config.private_area);
}

Result<void> lift_disk_limits(const ContainerConfig& config) {
  if (!exists(config.private_area)) return {};
  const auto quota = open_area_quota(config.private_area, config.ctid);
  if (!quota || !(*quota)->is_counted()) return {};
  auto lifted = (*quota)->limit({});
  if (!lifted) return std::unexpected(std::move(lifted).error().with_code(ExitCode::quota_off));
  return {};
}

}  // namespace vz
