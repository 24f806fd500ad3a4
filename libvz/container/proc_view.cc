#include "libvz/container/proc_view.h"

#include "libvz/core/log.h"
#include "libvz/host/lxcfs.h"
#include "libvz/isolation/proc_view.h"

namespace vz {

void renew_view(const GlobalConfig& global, Ctid ctid, pid_t init_pid) {
  const auto lxcfs = find_lxcfs(global.paths);
  if (!lxcfs) return;
  if (auto renewed = renew_proc_view(init_pid, *lxcfs); !renewed) {
    log_error("Warning: container " + std::to_string(ctid) +
              " does not see its own values in /proc: " + renewed.error().text());
  }
}

}  // namespace vz
