#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

Result<std::string> read_file(const std::string& path);

// Replaces path's content so that after a power loss either the old or the new content is there: writes
// PATH.tmp beside it, syncs, renames, syncs the directory. A symbolic link keeps pointing where it does; its
// target is replaced.
Result<void> write_file_atomically(const std::string& path, std::string_view content, mode_t mode = 0644);

// Writes to an existing file (sysfs, cgroup and proc knobs): one write(2), no creation, no truncation.
Result<void> write_knob(const std::string& path, std::string_view value);

// Creates a directory and its missing parents. An existing directory is fine and keeps its mode.
Result<void> make_directories(const std::string& path, mode_t mode = 0755);

bool exists(const std::string& path);        // follows symbolic links
bool is_directory(const std::string& path);  // follows symbolic links

// Names in a directory but . and .., sorted. A directory that is not there is an error.
Result<std::vector<std::string>> list_directory(const std::string& path);

// Removes a tree without following symbolic links or crossing into another file system. What is not there is
// fine.
Result<void> remove_tree(const std::string& path);

Result<std::string> read_link(const std::string& path);

// Opens a path as it is seen from inside root_fd: symbolic links, absolute paths and .. cannot leave it, and
// magic links are refused (openat2(2), RESOLVE_IN_ROOT). For every path that a container controls.
Result<Fd> open_in_root(int root_fd, const std::string& path, int flags, mode_t mode = 0);

}  // namespace vz
