#include "libvz/checkpoint/dump_info.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr const char* kFormat = "1";
constexpr unsigned kLargestId = 4294967295U;

Result<unsigned> number(const std::map<std::string, std::string>& values, const std::string& key) {
  const auto found = values.find(key);
  const auto value = found == values.end() ? std::nullopt : parse_unsigned(found->second);
  if (!value || *value > kLargestId)
    return fail(ExitCode::restore, std::string(kDumpInfoFile) + ": bad " + key);
  return static_cast<unsigned>(*value);
}

// "UID GID PATH"
Result<CgroupChild> parse_cgroup(const std::string& text) {
  const auto first = text.find(' ');
  const auto second = first == std::string::npos ? first : text.find(' ', first + 1);
  if (second == std::string::npos)
    return fail(ExitCode::restore, std::string(kDumpInfoFile) + ": bad CGROUP");
  const auto uid = parse_unsigned(std::string_view(text).substr(0, first));
  const auto gid = parse_unsigned(std::string_view(text).substr(first + 1, second - first - 1));
  if (!uid || !gid || *uid > kLargestId || *gid > kLargestId) {
    return fail(ExitCode::restore, std::string(kDumpInfoFile) + ": bad CGROUP");
  }
  return CgroupChild{text.substr(second + 1), static_cast<uid_t>(*uid), static_cast<gid_t>(*gid)};
}

Result<void> set_access(const std::string& dump, unsigned gid, mode_t directory_mode, mode_t file_mode) {
  VZ_ASSIGN(const Fd directory, open_file(dump, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (fchown(directory.get(), 0, gid) < 0 || fchmod(directory.get(), directory_mode) < 0) {
    return fail_errno(ExitCode::restore, "change the access to " + dump);
  }
  VZ_ASSIGN(const auto names, list_directory(dump));
  for (const auto& name : names) {
    const Fd file(openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file || fchown(file.get(), 0, gid) < 0 || fchmod(file.get(), file_mode) < 0) {
      return fail_errno(ExitCode::restore, "change the access to " + dump + "/" + name);
    }
  }
  return {};
}

}  // namespace

Result<void> close_dump(const std::string& dump) {
  return set_access(dump, 0, 0700, 0600);
}

Result<void> open_dump_to(const std::string& dump, unsigned gid) {
  return set_access(dump, gid, 0710, 0640);
}

Result<void> write_dump_info(const std::string& dump, const DumpInfo& info) {
  std::string text;
  const auto add = [&text](const char* key, const std::string& value) {
    text += std::string(key) + "=" + value + "\n";
  };
  add("FORMAT", kFormat);
  add("CTID", std::to_string(info.ctid));
  add("UID_BASE", std::to_string(info.uid_base));
  add("GID_BASE", std::to_string(info.gid_base));
  add("ENGINE", info.engine);
  add("KERNEL", info.kernel);
  add("INTERFACES", join(info.veth_ifnames, " "));
  for (const auto& group : info.cgroups) {
    // A name may hold anything but a newline would break the line; such a group is left to CRIU.
    if (group.path.find('\n') != std::string::npos) continue;
    add("CGROUP", std::to_string(group.uid) + " " + std::to_string(group.gid) + " " + group.path);
  }
  return write_file_atomically(dump + "/" + kDumpInfoFile, text, 0600);
}

Result<DumpInfo> read_dump_info(const std::string& dump) {
  auto text = read_file(dump + "/" + kDumpInfoFile);
  if (!text) return fail(ExitCode::restore, dump + " is not a complete dump: " + text.error().text());
  std::map<std::string, std::string> values;
  DumpInfo info;
  for (const auto& line : split(*text, "\n")) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    if (line.starts_with("CGROUP=")) {
      VZ_ASSIGN(auto group, parse_cgroup(line.substr(equals + 1)));
      info.cgroups.push_back(std::move(group));
    } else {
      values[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  if (values["FORMAT"] != kFormat) {
    return fail(ExitCode::restore,
                dump + ": dump format " + values["FORMAT"] + " is not known, only " + kFormat);
  }
  VZ_ASSIGN(info.ctid, number(values, "CTID"));
  VZ_ASSIGN(info.uid_base, number(values, "UID_BASE"));
  VZ_ASSIGN(info.gid_base, number(values, "GID_BASE"));
  info.engine = values["ENGINE"];
  info.kernel = values["KERNEL"];
  info.veth_ifnames = split(values["INTERFACES"], " ");
  return info;
}

}  // namespace vz
