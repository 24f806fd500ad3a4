#include "vzmigrate/host_facts.h"

#include <fts.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

std::string machine_name() {
  utsname host{};
  uname(&host);
  return host.machine;
}

std::vector<std::string> cpu_flags() {
  for (const auto& line : split(read_file("/proc/cpuinfo").value_or(""), "\n")) {
    if (line.starts_with("flags") || line.starts_with("Features"))
      return split(line.substr(line.find(':') + 1), " ");
  }
  return {};
}

Result<std::vector<std::string>> cgroup_controllers() {
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  std::vector<std::string> names;
  for (const auto& hierarchy : layout.hierarchies) {
    if (hierarchy.v2) {
      names.emplace_back("unified");
    } else {
      names.insert(names.end(), hierarchy.controllers.begin(), hierarchy.controllers.end());
    }
  }
  return names;
}

std::vector<std::string> missing(const std::vector<std::string>& wanted,
                                 const std::vector<std::string>& present) {
  std::vector<std::string> lacking;
  for (const auto& each : wanted) {
    if (std::ranges::find(present, each) == present.end()) lacking.push_back(each);
  }
  return lacking;
}

Result<TreeSize> tree_size(const std::string& directory) {
  char* const roots[] = {const_cast<char*>(directory.c_str()), nullptr};
  const std::unique_ptr<FTS, int (*)(FTS*)> walk(
      fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr), fts_close);
  if (walk == nullptr) return fail_errno(ExitCode::system, "read " + directory);
  TreeSize size;
  errno = 0;
  while (const FTSENT* entry = fts_read(walk.get())) {
    if (entry->fts_info == FTS_DP) continue;
    if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
      continue;  // gone meanwhile
    size.bytes += static_cast<std::uint64_t>(entry->fts_statp->st_blocks) * 512;
    ++size.inodes;
  }
  return size;
}

Result<TreeSize> free_space(const std::string& path) {
  std::string existing = path;
  while (existing.size() > 1 && !exists(existing)) {
    const auto slash = existing.rfind('/');
    existing = slash == 0 ? "/" : existing.substr(0, slash);
  }
  struct statvfs status {};
  if (statvfs(existing.c_str(), &status) < 0) return fail_errno(ExitCode::system, "statvfs " + existing);
  TreeSize size{.bytes = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize,
                .inodes = status.f_favail};
  if (status.f_files == 0) size.inodes = UINT64_MAX;  // btrfs makes them as it goes
  return size;
}

}  // namespace vz
