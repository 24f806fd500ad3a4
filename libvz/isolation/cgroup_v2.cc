#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/isolation/cgroup.h"

// Source of the files' meaning: the kernel's Documentation/admin-guide/cgroup-v2.rst.
namespace vz::cgroup_v2 {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Result<void> prepare(const std::string& directory, const CgroupHierarchy& hierarchy) {
  const std::string parent = directory.substr(0, directory.rfind('/'));
  for (const auto& controller : hierarchy.controllers) {
    // The parent may refuse one of them (threaded groups, real-time tasks); what needs it warns when it is
    // applied.
    if (auto enabled = write_knob(parent + "/cgroup.subtree_control", "+" + controller); !enabled) {
      log_info("cgroup controller " + controller + " stays off: " + enabled.error().text(), 1);
    }
  }
  return {};
}

Result<void> freeze(const std::string& directory, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  VZ_TRY(write_knob(directory + "/cgroup.freeze", "1"));
  for (;;) {
    VZ_ASSIGN(const std::string events, read_file(directory + "/cgroup.events"));
    if (events.find("frozen 1") != std::string::npos) return {};
    if (Clock::now() > deadline) {
      VZ_TRY(thaw(directory));
      return fail_errno(ExitCode::checkpoint, "freeze the container", ETIMEDOUT);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<void> thaw(const std::string& directory) {
  if (!exists(directory)) return {};
  return write_knob(directory + "/cgroup.freeze", "0");
}

}  // namespace vz::cgroup_v2
