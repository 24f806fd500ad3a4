#include "libvz/checkpoint/watches.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <set>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// fdinfo of an inotify descriptor (proc(5)): "inotify wd:3 ino:9e7e sdev:800013 mask:800afce ignored_mask:0
// fhandle-bytes:8 fhandle-type:1 f_handle:7e9e0000640d1b6d".
struct FileHandle {
  int type = 0;
  std::string bytes;
};

std::optional<FileHandle> parse_handle(const std::string& line) {
  FileHandle handle;
  for (const auto& field : split(line, " ")) {
    if (field.starts_with("fhandle-type:")) {
      const auto type = parse_int(std::string_view(field).substr(13), 16);
      if (!type) return std::nullopt;
      handle.type = static_cast<int>(*type);
    } else if (field.starts_with("f_handle:")) {
      const std::string_view hex = std::string_view(field).substr(9);
      for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto byte = parse_unsigned(hex.substr(i, 2), 16);
        if (!byte) return std::nullopt;
        handle.bytes += static_cast<char>(*byte);
      }
    }
  }
  if (handle.bytes.empty() || handle.bytes.size() > MAX_HANDLE_SZ) return std::nullopt;
  return handle;
}

std::optional<std::string> path_of(int root_fd, const FileHandle& handle, const std::string& root) {
  alignas(file_handle) char buffer[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
  auto* raw = reinterpret_cast<file_handle*>(buffer);
  raw->handle_bytes = static_cast<unsigned>(handle.bytes.size());
  raw->handle_type = handle.type;
  memcpy(raw->f_handle, handle.bytes.data(), handle.bytes.size());
  const Fd fd(open_by_handle_at(root_fd, raw, O_PATH | O_CLOEXEC));
  if (!fd) return std::nullopt;  // another file system (tmpfs), which CRIU can follow by itself
  auto path = read_link("/proc/self/fd/" + std::to_string(fd.get()));
  if (!path || !path->starts_with(root + "/")) return std::nullopt;
  return path->substr(root.size());
}

void collect(pid_t pid, int root_fd, const std::string& root, std::set<std::string>& directories) {
  const std::string process = "/proc/" + std::to_string(pid);
  auto fds = list_directory(process + "/fd");
  if (!fds) return;  // ended meanwhile
  for (const auto& name : *fds) {
    auto target = read_link(process + "/fd/" + name);
    if (!target || *target != "anon_inode:inotify") continue;
    auto info = read_file(process + "/fdinfo/" + name);
    if (!info) continue;
    for (const auto& line : split(*info, "\n")) {
      if (!line.starts_with("inotify ")) continue;
      const auto handle = parse_handle(line);
      if (!handle) continue;
      const auto path = path_of(root_fd, *handle, root);
      if (!path) continue;
      const auto slash = path->rfind('/');
      directories.insert(slash == 0 ? *path : path->substr(0, slash));
    }
  }
}

}  // namespace

std::vector<std::string> watched_directories(const std::string& root, const std::vector<pid_t>& pids) {
  std::set<std::string> directories;
  auto root_fd = open_file(root, O_RDONLY | O_DIRECTORY);
  if (!root_fd) return {};
  for (const pid_t pid : pids) collect(pid, root_fd->get(), root, directories);
  return {directories.begin(), directories.end()};
}

}  // namespace vz
