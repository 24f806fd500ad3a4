#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"

namespace vz {

inline constexpr Ctid kLargestCtid = 2147483644;

// True if the word reads as a whole number (as strtol(3) does), so that it is an id and not a name.
bool is_numeric_id(const std::string& word);

// An id, or a name by /etc/vz/names. Otherwise "Bad CT ID <word>", exit code invalid_value.
Result<Ctid> resolve_ctid(const Paths& paths, const std::string& word);

// The container that /etc/vz/names/<name> points to; nothing if it does not lead to a CTID.conf.
std::optional<Ctid> find_named(const Paths& paths, const std::string& name);

// "Conflict: name <n> already used by container <id>", exit code set_name, unless the name is free or ctid's
// own.
Result<void> check_name_free(const Paths& paths, const std::string& name, Ctid ctid);

// Makes the symbolic link name → CTID.conf and removes old_name's if it is ctid's. An empty name only
// removes.
Result<void> set_container_name(const Paths& paths, Ctid ctid, const std::string& name,
                                const std::string& old_name);

// Removes every link in /etc/vz/names that leads to ctid.
Result<void> remove_container_names(const Paths& paths, Ctid ctid);

// The ids for which there is a CTID.conf, ascending. Names of files with ids out of range are reported and
// left out.
Result<std::vector<Ctid>> list_container_ids(const Paths& paths);

}  // namespace vz
