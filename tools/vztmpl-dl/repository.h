#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"
#include "tools/vztmpl-dl/settings.h"

namespace vz {

// A directory on a server, or here (file://), with NAME.SUFFIX, NAME.SUFFIX.asc and .listing. curl(1) talks
// to it; nothing but http, https, ftp and file.

// False: there is no curl.
bool can_fetch();

enum class Fetched : std::uint8_t { done, not_modified, not_there };

struct FetchOptions {
  std::string newer_than;  // a file: only if the remote one is newer; empty: in any case
  bool show_progress = false;
};
// Into an existing file, whose content goes; it gets the remote one's time. The error tells the URL.
// not_there: the server has answered that it has no such file.
Result<Fetched> fetch_file(const std::string& url, const std::string& file, const FetchOptions& options);

// Sorted names of the templates in all repositories, by their .listing: a file name or a template name is the
// last word of each line; others are left out. Kept for a minute. An error if any cannot be read.
Result<std::vector<std::string>> list_remote(const DownloadSettings& settings);

// Sorted names of the templates in the cache.
std::vector<std::string> list_local(const DownloadSettings& settings);
// The file in the cache that vzctl create would take; empty: none.
std::string local_file(const DownloadSettings& settings, const std::string& name);

}  // namespace vz
