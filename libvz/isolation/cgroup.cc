#include "libvz/isolation/cgroup.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/isolation/device_program.h"

namespace vz {

namespace {

using Clock = std::chrono::steady_clock;

// Children first.
Result<void> for_each_group(const std::string& directory,
                            const std::function<Result<void>(const std::string&)>& visit) {
  VZ_ASSIGN(const auto names, list_directory(directory));
  for (const auto& name : names) {
    const std::string child = directory + "/" + name;
    struct stat status;
    if (lstat(child.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) VZ_TRY(for_each_group(child, visit));
  }
  return visit(directory);
}

Result<void> remove_groups(const std::string& directory) {
  return for_each_group(directory, [](const std::string& group) -> Result<void> {
    // A process that has just died leaves its group a moment later.
    for (int attempt = 0; rmdir(group.c_str()) < 0 && errno != ENOENT; ++attempt) {
      if (errno != EBUSY || attempt == 500) return fail_errno(ExitCode::system, "rmdir " + group);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return {};
  });
}

Result<void> own(const std::string& directory, uid_t uid, gid_t gid) {
  if (chown(directory.c_str(), uid, gid) < 0) return fail_errno(ExitCode::system, "chown " + directory);
  // The files that cgroup v2 names as those to delegate (cgroups(7), Delegation).
  for (const char* name : {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}) {
    const std::string file = directory + "/" + name;
    if (chown(file.c_str(), uid, gid) < 0) return fail_errno(ExitCode::system, "chown " + file);
  }
  return {};
}

}  // namespace

Cgroup::Cgroup(CgroupLayout layout, Ctid ctid)
    : layout_(std::move(layout)), path_(container_cgroup_path(ctid)) {}

std::string Cgroup::directory(const CgroupHierarchy& hierarchy) const {
  return hierarchy.mount_point + path_;
}

Result<void> Cgroup::create(uid_t owner_uid, gid_t owner_gid) {
  VZ_TRY(remove());
  for (const auto& hierarchy : layout_.hierarchies) {
    const std::string group = directory(hierarchy);
    const std::string parent = group.substr(0, group.rfind('/'));
    for (const auto& directory : {parent, group}) {
      if (mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST) {
        return fail_errno(ExitCode::environment_create, "mkdir " + directory);
      }
      VZ_TRY(hierarchy.v2 ? cgroup_v2::prepare(directory, hierarchy)
                          : cgroup_v1::prepare(directory, hierarchy));
    }
    if (hierarchy.v2 && owner_uid != 0) VZ_TRY(own(group, owner_uid, owner_gid));
  }
  return {};
}

Result<void> Cgroup::remove() {
  for (const auto& hierarchy : layout_.hierarchies) {
    const std::string group = directory(hierarchy);
    if (!is_directory(group)) continue;
    VZ_TRY(remove_groups(group));
    if (hierarchy.v2) VZ_TRY(cgroup_v2::sum_guarantees(group.substr(0, group.rfind('/'))));
  }
  return {};
}

Result<std::vector<CgroupChild>> Cgroup::children() const {
  std::vector<CgroupChild> found;
  const CgroupHierarchy* unified = layout_.unified();
  if (unified == nullptr || !is_directory(directory(*unified))) return found;
  const std::string top = directory(*unified);
  VZ_TRY(for_each_group(top, [&](const std::string& group) -> Result<void> {
    struct stat status;
    if (group != top && stat(group.c_str(), &status) == 0) {
      found.push_back({group.substr(top.size() + 1), status.st_uid, status.st_gid});
    }
    return {};
  }));
  std::ranges::sort(found, {}, &CgroupChild::path);
  return found;
}

Result<void> Cgroup::make_children(const std::vector<CgroupChild>& children, unsigned first_id,
                                   unsigned count) {
  const CgroupHierarchy* unified = layout_.unified();
  if (unified == nullptr) return {};
  for (const auto& child : children) {
    const auto components = split(child.path, "/");
    const auto in_range = [&](unsigned id) { return id >= first_id && id - first_id < count; };
    if (components.empty() || child.path.starts_with("/") ||
        std::ranges::find(components, "..") != components.end() || !in_range(child.uid) ||
        !in_range(child.gid)) {
      return fail(ExitCode::restore, "The dump has a cgroup that is not the container's: " + child.path);
    }
    const std::string group = directory(*unified) + "/" + child.path;
    if (mkdir(group.c_str(), 0755) < 0 && errno != EEXIST)
      return fail_errno(ExitCode::restore, "mkdir " + group);
    VZ_TRY(own(group, child.uid, child.gid));
  }
  return {};
}

Result<void> Cgroup::allow_devices(const std::vector<DevicePermission>& permissions) {
  const CgroupHierarchy* controller = layout_.find("devices");
  const bool controlled = controller != nullptr && !controller->v2;
  if (controlled) VZ_TRY(cgroup_v1::allow_devices(directory(*controller), permissions));
  const CgroupHierarchy* unified = layout_.unified();
  std::string reason = "no unified hierarchy is mounted";
  if (unified != nullptr) {
    auto set = set_device_program(directory(*unified), permissions);
    if (set) return {};
    reason = set.error().text();
  }
  if (controlled) {
    log_info("Devices are limited by the controller alone: " + reason, 1);
  } else {
    log_error(
        "Warning: DEVICES and DEVNODES are not enforced: this kernel has no devices controller and no device "
        "programs (CONFIG_CGROUP_BPF): " +
        reason);
  }
  return {};
}

Result<void> Cgroup::enter(pid_t pid, pid_t beside) {
  for (const auto& hierarchy : layout_.hierarchies) {
    std::string group = directory(hierarchy);
    auto entered = write_knob(group + "/cgroup.procs", std::to_string(pid));
    if (!entered && hierarchy.v2 && beside > 0 && entered.error().errno_value() == EBUSY) {
      VZ_ASSIGN(const std::string groups, read_file("/proc/" + std::to_string(beside) + "/cgroup"));
      for (const auto& line : split(groups, "\n")) {
        if (line.starts_with("0::")) group = hierarchy.mount_point + line.substr(3);
      }
      entered = write_knob(group + "/cgroup.procs", std::to_string(pid));
    }
    if (!entered) return fail(std::move(entered), "Unable to enter the container's cgroup");
  }
  return {};
}

Result<void> Cgroup::apply(const CgroupLimits& limits) {
  VZ_TRY(cgroup_v1::apply(layout_, path_, limits));
  return cgroup_v2::apply(layout_, path_, limits);
}

Result<void> Cgroup::freeze(std::chrono::milliseconds timeout) {
  const std::string group = freezer();
  if (group.empty()) return fail(ExitCode::bad_kernel, "This kernel offers no cgroup freezer");
  const CgroupHierarchy* v1 = layout_.find("freezer");
  return v1 != nullptr ? cgroup_v1::freeze(group, timeout) : cgroup_v2::freeze(group, timeout);
}

Result<void> Cgroup::thaw() {
  const std::string group = freezer();
  if (group.empty()) return {};
  return layout_.find("freezer") != nullptr ? cgroup_v1::thaw(group) : cgroup_v2::thaw(group);
}

std::string Cgroup::freezer() const {
  if (const auto* v1 = layout_.find("freezer")) return directory(*v1);
  if (const auto* v2 = layout_.unified()) return directory(*v2);
  return "";
}

Result<std::vector<pid_t>> Cgroup::processes() const {
  std::set<pid_t> pids;
  for (const auto& hierarchy : layout_.hierarchies) {
    const std::string group = directory(hierarchy);
    if (!is_directory(group)) continue;
    VZ_TRY(for_each_group(group, [&pids](const std::string& directory) -> Result<void> {
      VZ_ASSIGN(const std::string text, read_file(directory + "/cgroup.procs"));
      for (const auto& line : split(text, "\n")) {
        if (const auto pid = parse_int(line); pid && *pid > 0) pids.insert(static_cast<pid_t>(*pid));
      }
      return {};
    }));
  }
  return std::vector<pid_t>(pids.begin(), pids.end());
}

Result<void> Cgroup::kill_all(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    VZ_ASSIGN(const auto pids, processes());
    if (pids.empty()) return {};
    for (const pid_t pid : pids) kill(pid, SIGKILL);
    // A frozen task can't die (v1), so it is let go once the signal is pending.
    VZ_TRY(thaw());
    if (Clock::now() > deadline)
      return fail_errno(ExitCode::stop_failed, "kill the container's processes", ETIMEDOUT);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace vz
