#include "tools/vztmpl-dl/settings.h"

#include <algorithm>

#include "libvz/config/config_file.h"
#include "libvz/config/values.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr size_t kLongestName = 200;

std::string without_slashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// Each word is a URL, or a directory below the prefix.
std::vector<std::string> repos_of(std::string text, const std::string& prefix) {
  replace_all(text, "${TMPL_REPO_PREFIX}", prefix);
  replace_all(text, "$TMPL_REPO_PREFIX", prefix);
  std::vector<std::string> repos;
  for (const auto& word : split(text, " \t,")) {
    const bool is_url = word.find("://") != std::string::npos;
    if (!is_url && prefix.empty()) {
      log_error("Warning: TEMPLATE_REPOS has " + word + ", but TMPL_REPO_PREFIX is not set; ignored");
      continue;
    }
    const std::string url = is_url ? word : (word == "." ? prefix : prefix + "/" + without_slashes(word));
    repos.push_back(without_slashes(url));
  }
  return repos;
}

void set_flag(const std::string& path, const Assignment& at, bool& flag) {
  if (const auto value = parse_yes_no(at.value)) {
    flag = *value;
  } else {
    warn_at(path, at, "invalid value", "skipped");
  }
}

std::vector<std::string> suffixes_of(const std::string& path, const Assignment& at) {
  std::vector<std::string> suffixes;
  for (auto word : split(at.value, " \t,")) {
    if (word.starts_with('.')) word.erase(0, 1);
    if (is_template_name(word)) {
      suffixes.push_back(word);
    } else {
      warn_at(path, at, "invalid value", "skipped");
    }
  }
  return suffixes;
}

struct Reader {
  DownloadSettings& into;
  std::string repos;
  bool has_repos = false;

  void read(const std::string& path) {
    for (const auto& at : parse_config_text(path, read_file(path).value_or("")).assignments) take(path, at);
  }

  void take(const std::string& path, const Assignment& at) {
    if (at.key == "TMPL_REPO_PREFIX") into.repo_prefix = without_slashes(at.value);
    if (at.key == "TEMPLATE_REPOS") {
      repos = at.value;
      has_repos = true;
    }
    if (at.key == "TMPL_SUFFIXES") into.suffixes = suffixes_of(path, at);
    if (at.key == "GPG_KEY") into.gpg_key = at.value;
    if (at.key == "CHECK_TEMPLATE_SIG") set_flag(path, at, into.check_signature);
    if (at.key == "UPDATE_TEMPLATE") set_flag(path, at, into.update);
    if (at.key == "IGNORE_ERRORS") set_flag(path, at, into.ignore_errors);
    if (at.key == "QUIET") set_flag(path, at, into.quiet);
  }
};

}  // namespace

bool is_template_name(const std::string& name) {
  if (name.empty() || name.size() > kLongestName || name.front() == '.' || name.front() == '-') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+_.") ==
         std::string::npos;
}

Result<DownloadSettings> load_download_settings(const std::string& prefix) {
  DownloadSettings settings;
  VZ_ASSIGN(const GlobalConfig global, load_global_config(prefix));
  settings.paths = global.paths;
  settings.suffixes = {"tar.gz", "tar.xz", "tar.zst"};
  Reader reader{settings, {}};
  reader.read(settings.paths.global_config());
  reader.read(settings.download_conf());
  if (!reader.has_repos && !settings.repo_prefix.empty()) reader.repos = ".";
  settings.repos = repos_of(reader.repos, settings.repo_prefix);
  return settings;
}

std::string DownloadSettings::text() const {
  const auto yes_no = [](bool flag) { return flag ? "yes" : "no"; };
  return "TMPL_REPO_PREFIX=\"" + repo_prefix + "\"\nTEMPLATE_REPOS=\"" + join(repos, " ") +
         "\"\nTMPL_SUFFIXES=\"" + join(suffixes, " ") + "\"\nGPG_KEY=\"" + gpg_key +
         "\"\nCHECK_TEMPLATE_SIG=" + yes_no(check_signature) + "\nUPDATE_TEMPLATE=" + yes_no(update) +
         "\nIGNORE_ERRORS=" + yes_no(ignore_errors) + "\nQUIET=" + yes_no(quiet) + "\n";
}

}  // namespace vz
