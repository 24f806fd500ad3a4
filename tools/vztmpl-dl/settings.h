#pragma once

#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

// From /etc/vz/vz.conf and then /etc/vz/download.conf, which both may set each of them; see vztmpl-dl(8).
struct DownloadSettings {
  Paths paths;
  std::string repo_prefix;            // TMPL_REPO_PREFIX
  std::vector<std::string> repos;     // TEMPLATE_REPOS: URLs without a slash at their end, in order
  std::vector<std::string> suffixes;  // TMPL_SUFFIXES: "tar.gz", in the order in which they are tried
  std::string gpg_key;                // GPG_KEY
  bool check_signature = false;       // CHECK_TEMPLATE_SIG
  bool update = true;                 // UPDATE_TEMPLATE
  bool ignore_errors = false;         // IGNORE_ERRORS
  bool quiet = false;                 // QUIET

  std::string download_conf() const { return paths.config + "/download.conf"; }
  // As lines of such a file.
  std::string text() const;
};

// What makes no sense is reported and left out. No vz.conf: exit code no_config.
Result<DownloadSettings> load_download_settings(const std::string& prefix);

// A name as it may stand in a repository and in the cache: letters, digits and - + _ . , not beginning with a
// dot or a minus. Whatever comes from elsewhere has to pass this.
bool is_template_name(const std::string& name);

}  // namespace vz
