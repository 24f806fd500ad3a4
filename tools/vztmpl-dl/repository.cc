#include "tools/vztmpl-dl/repository.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

// In the order in which vzctl create looks for them.
constexpr std::array kKnownSuffixes = {".tar.zst", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"};
constexpr const char* kProtocols = "=http,https,ftp,ftps,file";
// A server does not get at the host's own files.
constexpr const char* kRedirectProtocols = "=http,https,ftp,ftps";
constexpr time_t kListingSeconds = 60;
// Of curl(1), EXIT CODES.
constexpr int kHttpError = 22;
constexpr int kNoSuchFile = 37;
constexpr int kFtpNoSuchFile = 78;

std::vector<std::string> curl_environment() {
  std::vector<std::string> environment = {kPathVariable, "LC_ALL=C"};
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "ftp_proxy", "all_proxy", "ALL_PROXY",
                           "no_proxy", "NO_PROXY", "SSL_CERT_FILE"}) {
    if (const char* value = getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

// Without the caller's .curlrc.
Command curl_command(const std::vector<std::string>& words) {
  Command command;
  command.argv = {"curl",
                  "-q",
                  "--fail",
                  "--location",
                  "--max-redirs",
                  "5",
                  "--proto",
                  kProtocols,
                  "--proto-redir",
                  kRedirectProtocols,
                  "--globoff",
                  "--connect-timeout",
                  "30",
                  "--speed-limit",
                  "1",
                  "--speed-time",
                  "60",
                  "--retry",
                  "2",
                  "--write-out",
                  "%{stderr}\n%{http_code}"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment = curl_environment();
  // Nobody goes on writing to the file when its lock's holder is gone.
  command.prepare = [parent = getpid()]() -> Result<void> {
    die_with_parent(parent);
    return {};
  };
  return command;
}

// The code of the last answer is the last line, the reason stands before it.
Result<Fetched> as_fetched(const Finished& finished, const std::string& url) {
  auto lines = split(finished.errors, "\n");
  const std::string code = lines.empty() ? "" : lines.back();
  if (finished.ok()) return code == "304" ? Fetched::not_modified : Fetched::done;
  const bool gone = finished.exit_code == kHttpError && (code == "404" || code == "410");
  if (gone || finished.exit_code == kNoSuchFile || finished.exit_code == kFtpNoSuchFile)
    return Fetched::not_there;
  if (!lines.empty()) lines.pop_back();
  return fail(ExitCode::system,
              "Cannot get " + url + ": " +
                  (lines.empty() ? "curl " + finished.describe() : std::string(lines.back())));
}

std::string stem_of(const std::string& file, const std::vector<std::string>& suffixes) {
  for (const auto& suffix : suffixes) {
    if (file.ends_with("." + suffix)) return file.substr(0, file.size() - suffix.size() - 1);
  }
  return file;
}

std::string listing_cache(const DownloadSettings& settings) {
  return settings.paths.run + "/template-listing";
}

std::string cache_key(const DownloadSettings& settings) {
  return join(settings.repos, " ") + " " + join(settings.suffixes, " ") + "\n";
}

std::optional<std::vector<std::string>> cached_listing(const DownloadSettings& settings) {
  struct stat status {};
  if (stat(listing_cache(settings).c_str(), &status) < 0) return std::nullopt;
  const time_t age = time(nullptr) - status.st_mtime;
  if (age < 0 || age >= kListingSeconds) return std::nullopt;
  const auto text = read_file(listing_cache(settings));
  if (!text || !text->starts_with(cache_key(settings))) return std::nullopt;
  return split(text->substr(cache_key(settings).size()), "\n");
}

Result<std::string> fetch_text(const std::string& url) {
  Command command =
      curl_command({"--silent", "--show-error", "--max-time", "60", "--max-filesize", "4194304", "--", url});
  VZ_ASSIGN(const Finished finished, run(command));
  VZ_ASSIGN(const Fetched fetched, as_fetched(finished, url));
  if (fetched == Fetched::done) return finished.output;
  return fail(ExitCode::system, "There is no " + url);
}

}  // namespace

bool can_fetch() {
  return find_program("curl") != "curl";
}

Result<Fetched> fetch_file(const std::string& url, const std::string& file, const FetchOptions& options) {
  std::vector<std::string> words = {"--remote-time", "--output", file};
  if (!options.newer_than.empty()) words.insert(words.end(), {"--time-cond", options.newer_than});
  // The progress goes to the terminal; curl's reason then stands there too.
  if (options.show_progress) {
    words.insert(words.end(), {"--progress-bar", "--show-error"});
  } else {
    words.insert(words.end(), {"--silent", "--show-error"});
  }
  words.insert(words.end(), {"--", url});
  Command command = curl_command(words);
  if (options.show_progress) {
    const auto at = std::ranges::find(command.argv, "%{stderr}\n%{http_code}");
    *at = "%{http_code}";
    command.stderr_fd = STDERR_FILENO;
  }
  VZ_ASSIGN(Finished finished, run(command));
  if (options.show_progress) finished.errors = finished.output;
  VZ_ASSIGN(const Fetched fetched, as_fetched(finished, url));
  struct stat status {};
  // With file:// an older file is simply not written.
  const bool empty = stat(file.c_str(), &status) < 0 || status.st_size == 0;
  if (fetched == Fetched::done && empty && !options.newer_than.empty()) return Fetched::not_modified;
  return fetched;
}

Result<std::vector<std::string>> list_remote(const DownloadSettings& settings) {
  if (auto cached = cached_listing(settings)) return *std::move(cached);
  std::set<std::string> names;
  for (const auto& repo : settings.repos) {
    VZ_ASSIGN(const std::string text, fetch_text(repo + "/.listing"));
    for (const auto& line : split(text, "\n")) {
      const auto words = split(line, " \t\r");
      if (words.empty() || words.back().ends_with(".asc")) continue;
      const std::string name = stem_of(words.back(), settings.suffixes);
      if (is_template_name(name)) names.insert(name);
    }
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  // Who may not write there asks again the next time.
  (void)make_directories(settings.paths.run);
  (void)write_file_atomically(listing_cache(settings), cache_key(settings) + join(sorted, "\n") + "\n");
  return sorted;
}

std::vector<std::string> list_local(const DownloadSettings& settings) {
  std::set<std::string> names;
  for (const auto& file :
       list_directory(settings.paths.template_cache()).value_or(std::vector<std::string>{})) {
    for (const std::string_view suffix : kKnownSuffixes) {
      if (!file.starts_with('.') && file.ends_with(suffix) && file.size() > suffix.size()) {
        names.insert(file.substr(0, file.size() - suffix.size()));
      }
    }
  }
  return {names.begin(), names.end()};
}

std::string local_file(const DownloadSettings& settings, const std::string& name) {
  for (const char* suffix : kKnownSuffixes) {
    const std::string file = settings.paths.template_cache() + "/" + name + suffix;
    if (exists(file)) return file;
  }
  return "";
}

}  // namespace vz
