#include "libvz/config/container_id.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "libvz/config/values.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kConfigSuffix = ".conf";

std::optional<long long> numeric_id(const std::string& word) {
  if (word.empty()) return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(word.c_str(), &end, 10);
  if (end == word.c_str() || *end != '\0' || errno != 0 || value > std::numeric_limits<int>::max() ||
      value < std::numeric_limits<int>::min()) {
    return std::nullopt;
  }
  return value;
}

// <id>.conf
std::optional<Ctid> id_of_config(std::string_view file) {
  file.remove_prefix(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1);
  if (!file.ends_with(kConfigSuffix)) return std::nullopt;
  const auto id = parse_unsigned(file.substr(0, file.size() - kConfigSuffix.size()));
  if (!id || *id > kLargestCtid) return std::nullopt;
  return static_cast<Ctid>(*id);
}

Result<void> remove_link(const std::string& link) {
  if (unlink(link.c_str()) < 0 && errno != ENOENT)
    return fail_errno(ExitCode::set_name, "Unable to remove link " + link);
  return {};
}

}  // namespace

bool is_numeric_id(const std::string& word) {
  return numeric_id(word).has_value();
}

Result<Ctid> resolve_ctid(const Paths& paths, const std::string& word) {
  if (const auto id = numeric_id(word)) {
    if (*id >= 0 && *id <= kLargestCtid) return static_cast<Ctid>(*id);
  } else if (const auto named = find_named(paths, word)) {
    return *named;
  }
  return fail(ExitCode::invalid_value, "Bad CT ID " + word);
}

std::optional<Ctid> find_named(const Paths& paths, const std::string& name) {
  if (name.empty() || !parse_container_name(name)) return std::nullopt;
  const std::string link = paths.names() + "/" + name;
  const auto target = read_link(link);
  if (!target || !exists(link)) return std::nullopt;
  return id_of_config(*target);
}

Result<void> check_name_free(const Paths& paths, const std::string& name, Ctid ctid) {
  const auto owner = find_named(paths, name);
  if (!owner || *owner == ctid) return {};
  return fail(ExitCode::set_name,
              "Conflict: name " + name + " already used by container " + std::to_string(*owner));
}

Result<void> set_container_name(const Paths& paths, Ctid ctid, const std::string& name,
                                const std::string& old_name) {
  if (!parse_container_name(name)) return fail(ExitCode::set_name, "Error: invalid name " + name);
  VZ_TRY(check_name_free(paths, name, ctid));
  if (!old_name.empty() && old_name != name && find_named(paths, old_name) == ctid) {
    VZ_TRY(remove_link(paths.names() + "/" + old_name));
  }
  if (name.empty()) return {};
  VZ_TRY(make_directories(paths.names()));
  const std::string link = paths.names() + "/" + name;
  VZ_TRY(remove_link(link));
  if (symlink(paths.container_config(ctid).c_str(), link.c_str()) < 0) {
    return fail_errno(ExitCode::set_name, "Unable to create link " + link);
  }
  return {};
}

Result<void> remove_container_names(const Paths& paths, Ctid ctid) {
  const auto names = list_directory(paths.names());
  if (!names) {
    if (names.error().errno_value() == ENOENT) return {};
    return std::unexpected(names.error());
  }
  for (const auto& name : *names) {
    const std::string link = paths.names() + "/" + name;
    const auto target = read_link(link);
    if (target && id_of_config(*target) == ctid) VZ_TRY(remove_link(link));
  }
  return {};
}

Result<std::vector<Ctid>> list_container_ids(const Paths& paths) {
  VZ_ASSIGN(const auto files, list_directory(paths.container_configs()));
  std::vector<Ctid> ids;
  for (const auto& file : files) {
    if (!file.ends_with(kConfigSuffix)) continue;
    const std::string stem = file.substr(0, file.size() - kConfigSuffix.size());
    if (stem.empty() || stem.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto id = id_of_config(file)) {
      ids.push_back(*id);
    } else {
      log_error("Warning: invalid CTID in config file name: " + file + ", skipping");
    }
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace vz
