#pragma once

#include <string>

#include "libvz/core/result.h"

namespace vz {

// Mounts the private area on root, owners shifted: what belongs to id N on disk belongs to BASE+N for the
// host and to N in a user namespace that starts at BASE. Owners on disk stay as they are. uid_base 0: a plain
// bind mount. An error names the file system when it is the one that cannot do it. Exit code cannot_mount.
Result<void> mount_idmapped(const std::string& private_area, const std::string& root, unsigned uid_base,
                            unsigned gid_base, unsigned count);

// Unmounts root and everything on it, innermost first. Not mounted: fine. Exit code cannot_umount.
Result<void> umount_tree(const std::string& root);

// For a process that is going to read a directory by name while a container changes it: gives it a mount
// namespace of its own in which no symlink below the directory is followed, so that none leads it out.
// Linux 5.14.
Result<void> follow_no_symlinks_below(const std::string& directory);

// The mount point of the file system that a path is on.
Result<std::string> file_system_root_of(const std::string& path);

// The type of the file system that a path is on, as in /proc/self/mountinfo ("ext4").
Result<std::string> file_system_type_of(const std::string& path);

}  // namespace vz
