#include "libvz/storage/area.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/host/btrfs.h"

namespace vz {

namespace {

struct Named {
  Fd parent;
  std::string name;
};

Result<Named> parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  VZ_ASSIGN(Fd fd, open_file(parent, O_RDONLY | O_DIRECTORY));
  return Named{std::move(fd), path.substr(slash + 1)};
}

bool fits(const std::string& name) {
  return !name.empty() && name.size() <= BTRFS_VOL_NAME_MAX &&
         name.size() < sizeof(btrfs_ioctl_vol_args::name);
}

bool subvolume_ioctl(const Named& named, unsigned long request) {
  btrfs_ioctl_vol_args args{};
  std::memcpy(args.name, named.name.data(), named.name.size());
  return ioctl(named.parent.get(), request, &args) == 0;
}

// Newer kernels remove the group with its subvolume, older ones leave it.
void remove_qgroup(int file_system, std::uint64_t id) {
  btrfs_ioctl_qgroup_create_args args{};
  args.qgroupid = id;
  (void)ioctl(file_system, BTRFS_IOC_QGROUP_CREATE, &args);
}

}  // namespace

Result<void> make_area(const std::string& path, mode_t mode) {
  VZ_ASSIGN(const Named named, parent_of(path));
  if (!is_btrfs(named.parent.get()) || !fits(named.name)) {
    if (mkdir(path.c_str(), mode) < 0) return fail_errno(ExitCode::new_private, "mkdir " + path);
    return {};
  }
  if (!subvolume_ioctl(named, BTRFS_IOC_SUBVOL_CREATE))
    return fail_errno(ExitCode::new_private, "create the subvolume " + path);
  if (chmod(path.c_str(), mode) < 0) return fail_errno(ExitCode::new_private, "chmod " + path);
  return {};
}

Result<void> remove_area(const std::string& path) {
  const Fd area(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const auto subvolume = area ? subvolume_of(area.get()) : std::nullopt;
  if (!subvolume) return remove_tree(path);
  VZ_ASSIGN(const Named named, parent_of(path));
  // Not as a whole where it holds other subvolumes.
  if (!fits(named.name) || !subvolume_ioctl(named, BTRFS_IOC_SNAP_DESTROY)) VZ_TRY(remove_tree(path));
  remove_qgroup(named.parent.get(), subvolume->id);
  return {};
}

}  // namespace vz
