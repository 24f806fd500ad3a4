#include "libvz/checkpoint/obstacles.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/text.h"
#include "libvz/network/netlink.h"

namespace vz {

namespace {

Result<std::vector<std::string>> tun_devices(pid_t init_pid) {
  VZ_ASSIGN(const Fd netns, open_file("/proc/" + std::to_string(init_pid) + "/ns/net", O_RDONLY));
  VZ_ASSIGN(Netlink inside, Netlink::open_in(netns.get()));
  VZ_ASSIGN(const auto links, inside.links());
  std::vector<std::string> names;
  for (const auto& link : links) {
    if (link.kind == "tun") names.push_back(link.name);
  }
  return names;
}

bool anybody_opens(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)) == (S_IROTH | S_IWOTH);
}

}  // namespace

std::vector<std::string> parse_fuse_mounts(std::string_view mountinfo) {
  std::vector<std::string> points;
  for (const auto& mount : parse_mount_table(mountinfo)) {
    const bool fuse = mount.type == "fuse" || mount.type == "fuseblk" || mount.type.starts_with("fuse.");
    if (fuse && mount.type != "fuse.lxcfs") points.push_back(mount.mount_point);
  }
  return points;
}

Result<void> require_no_obstacles(pid_t init_pid, bool own_user_namespace) {
  VZ_ASSIGN(const std::string mountinfo, read_file("/proc/" + std::to_string(init_pid) + "/mountinfo"));
  if (const auto points = parse_fuse_mounts(mountinfo); !points.empty()) {
    return fail(ExitCode::checkpoint, "The container has mounted FUSE file systems (" + join(points, " ") +
                                          "), which cannot be checkpointed: unmount them inside first");
  }
  constexpr const char* kTun = "/dev/net/tun";
  if (!own_user_namespace || anybody_opens(kTun)) return {};
  VZ_ASSIGN(const auto devices, tun_devices(init_pid));
  if (devices.empty()) return {};
  return fail(ExitCode::checkpoint, "The container has tun devices (" + join(devices, " ") +
                                        "), which can be restored only where anybody may open " + kTun +
                                        ": chmod 666 " + kTun + " first, here and where it is restored");
}

}  // namespace vz
