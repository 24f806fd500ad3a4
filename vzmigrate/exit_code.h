#pragma once

namespace vz {

// Exit codes of vzmigrate. Public: scripts depend on the numbers. Source: vzmigrate of vzctl 4.x.
enum class MigrateCode : int {
  ok = 0,
  usage = 1,
  stopped = 2,  // online migration of a container that does not run
  cannot_connect = 4,
  copy_failed = 6,
  restore_failed = 7,  // start, mount or restore on the destination
  suspend_failed = 8,  // stop or suspend on the source
  exists = 9,          // on the destination
  not_exists = 10,     // on the source
  ip_in_use = 12,
  quota = 13,
  not_ready = 14,  // the destination lacks something
  apply_config = 15,
  ploop_unsupported = 16,
  engine_version = 17,
  cpu = 18,
  remote_config = 19,
  locked = 20,
};

// All of them, for the man page's test.
inline constexpr MigrateCode kMigrateCodes[] = {
    MigrateCode::ok,
    MigrateCode::usage,
    MigrateCode::stopped,
    MigrateCode::cannot_connect,
    MigrateCode::copy_failed,
    MigrateCode::restore_failed,
    MigrateCode::suspend_failed,
    MigrateCode::exists,
    MigrateCode::not_exists,
    MigrateCode::ip_in_use,
    MigrateCode::quota,
    MigrateCode::not_ready,
    MigrateCode::apply_config,
    MigrateCode::ploop_unsupported,
    MigrateCode::engine_version,
    MigrateCode::cpu,
    MigrateCode::remote_config,
    MigrateCode::locked,
};

}  // namespace vz
