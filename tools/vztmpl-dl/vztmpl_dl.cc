#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/paths.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/core/undo.h"
#include "tools/tools.h"
#include "tools/vztmpl-dl/repository.h"
#include "tools/vztmpl-dl/signature.h"

namespace vz {

namespace {

// Source: vztmpl-dl of vzctl 4.x.
constexpr int kFailed = 1;
constexpr int kExists = 2;
constexpr int kUsage = 3;
constexpr int kNoDownloader = 4;
constexpr int kBadSignature = 5;

// What the command line says; unset: as in the files.
struct Request {
  bool gpg_check = false;
  bool no_gpg_check = false;
  bool ignore_errors = false;
  bool update = false;
  bool no_update = false;
  bool quiet = false;
  bool no_quiet = false;
  bool update_all = false;
  bool list_remote = false;
  bool list_local = false;
  bool list_all = false;
  bool list_orphans = false;
  bool config = false;
};

// How a download of one template ended: an exit code, and the reason if it is not 0.
struct Outcome {
  int code = 0;
  std::string reason;
};

void say(const DownloadSettings& settings, const std::string& line) {
  if (settings.quiet) return;
  std::puts(line.c_str());
  std::fflush(stdout);
}

std::string no_repository(const DownloadSettings& settings) {
  return "No template repository is configured: set TEMPLATE_REPOS in " + settings.download_conf() +
         " to the URL of one (that of OpenVZ is gone). vztmpl-build makes templates on this host; "
         "vztmpl-build --list tells which.";
}

// The suffixes' own check: a file that was cut off is told from a whole one. Where the program is missing the
// length that the server has told must do.
Result<void> check_archive(const std::string& file, const std::string& suffix) {
  std::string program;
  if (suffix.ends_with("gz")) program = "gzip";
  if (suffix.ends_with("bz2")) program = "bzip2";
  if (suffix.ends_with("xz")) program = "xz";
  if (suffix.ends_with("zst")) program = "zstd";
  if (program.empty() || find_program(program) == program) return {};
  VZ_ASSIGN(const Fd in, open_file(file, O_RDONLY));
  Command command;
  command.argv = {program, "-t"};
  command.stdin_fd = in.get();
  VZ_ASSIGN(const Finished finished, run(command));
  if (finished.ok()) return {};
  return fail(ExitCode::system, "the file is damaged: " + program + " " + finished.describe());
}

// A file beside the template that takes the download, locked by its one writer. A killed one's is taken over.
struct Part {
  std::string path;
  Fd fd;
};

Result<Part> open_part(const std::string& target) {
  const size_t slash = target.rfind('/');
  Part part{target.substr(0, slash + 1) + "." + target.substr(slash + 1) + ".part", {}};
  VZ_ASSIGN(part.fd, open_file(part.path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644));
  if (flock(part.fd.get(), LOCK_EX | LOCK_NB) < 0) {
    return fail(ExitCode::locked, target + " is being downloaded already");
  }
  // Its last writer may have renamed it in between.
  struct stat ours {};
  struct stat named {};
  if (fstat(part.fd.get(), &ours) < 0 || stat(part.path.c_str(), &named) < 0 || ours.st_ino != named.st_ino) {
    return fail(ExitCode::locked, target + " has just been downloaded");
  }
  if (ftruncate(part.fd.get(), 0) < 0) return fail_errno(ExitCode::system, "truncate " + part.path);
  return part;
}

class Download {
 public:
  Download(const DownloadSettings& settings, std::string name, std::string old_file)
      : settings_(settings), name_(std::move(name)), old_file_(std::move(old_file)) {}

  // From the first repository that has it. One that fails is asked no further; the first failure is told.
  Outcome run() {
    std::string trouble;
    for (const auto& repo : settings_.repos) {
      for (const auto& suffix : suffixes()) {
        auto outcome = try_one(repo, suffix);
        if (outcome && outcome->code != kFailed) return *outcome;
        if (interrupted()) return {kFailed, "interrupted"};
        if (!outcome) continue;
        if (trouble.empty()) trouble = outcome->reason;
        break;
      }
    }
    if (!trouble.empty()) return {kFailed, trouble};
    return {kFailed, "no repository has it"};
  }

 private:
  // A newer one replaces the file that is there, so it has to have its suffix.
  std::vector<std::string> suffixes() const {
    if (old_file_.empty()) return settings_.suffixes;
    return {old_file_.substr(old_file_.rfind("/" + name_ + ".") + name_.size() + 2)};
  }

  // Nothing: it is not there.
  std::optional<Outcome> try_one(const std::string& repo, const std::string& suffix) {
    const std::string target = settings_.paths.template_cache() + "/" + name_ + "." + suffix;
    auto part = open_part(target);
    if (!part) return Outcome{kFailed, part.error().text()};
    UndoStack undo;
    undo.add("remove " + part->path, [path = part->path]() -> Result<void> {
      if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink");
      return {};
    });
    const std::string url = repo + "/" + name_ + "." + suffix;
    const auto fetched = fetch_file(
        url, part->path,
        {.newer_than = old_file_, .show_progress = !settings_.quiet && isatty(STDERR_FILENO) == 1});
    if (!fetched) return Outcome{kFailed, fetched.error().text()};
    if (*fetched == Fetched::not_there) return std::nullopt;
    if (*fetched == Fetched::not_modified) {
      say(settings_, name_ + " is up to date");
      return Outcome{};
    }
    if (auto whole = check_archive(part->path, suffix); !whole) return Outcome{kFailed, whole.error().text()};
    if (settings_.check_signature) {
      if (auto outcome = check_signature(url, part->path)) return outcome;
    }
    if (auto kept = keep(*part, target); !kept) return Outcome{kFailed, kept.error().text()};
    undo.commit();
    say(settings_, "Downloaded " + url + " to " + target);
    return Outcome{};
  }

  // Nothing: it is good.
  std::optional<Outcome> check_signature(const std::string& url, const std::string& file) const {
    const std::string signature = file + ".asc";
    UndoStack cleanup;
    cleanup.add("remove " + signature, [signature]() -> Result<void> {
      unlink(signature.c_str());
      return {};
    });
    const auto fetched = fetch_file(url + ".asc", signature, {});
    if (!fetched) return Outcome{kBadSignature, fetched.error().text()};
    if (*fetched != Fetched::done) return Outcome{kBadSignature, "there is no signature " + url + ".asc"};
    if (auto good = verify_signature(file, signature, settings_.gpg_key); !good) {
      return Outcome{kBadSignature, url + ": " + good.error().text()};
    }
    return std::nullopt;
  }

  static Result<void> keep(const Part& part, const std::string& target) {
    if (fsync(part.fd.get()) < 0) return fail_errno(ExitCode::system, "fsync " + part.path);
    if (rename(part.path.c_str(), target.c_str()) < 0)
      return fail_errno(ExitCode::system, "rename " + part.path);
    return {};
  }

  const DownloadSettings& settings_;
  std::string name_;
  std::string old_file_;
};

Outcome get(const DownloadSettings& settings, const std::string& name) {
  if (!is_template_name(name)) return {kFailed, "this is no name of a template"};
  const std::string old_file = local_file(settings, name);
  if (!old_file.empty() && !settings.update)
    return {kExists, old_file + " exists already, and updates are disabled"};
  if (settings.repos.empty()) return {kFailed, no_repository(settings)};
  if (!can_fetch()) return {kNoDownloader, "curl is not installed"};
  if (settings.check_signature && settings.gpg_key.empty()) {
    return {kBadSignature, "GPG_KEY is not set: whose signature is good cannot be told"};
  }
  if (auto made = make_directories(settings.paths.template_cache()); !made)
    return {kFailed, made.error().text()};
  return Download(settings, name, old_file).run();
}

int get_all(const Tool& tool, const DownloadSettings& settings, const std::vector<std::string>& names) {
  catch_interrupts();
  int code = 0;
  for (const auto& name : names) {
    const Outcome outcome = get(settings, name);
    if (outcome.code == 0) continue;
    refuse(tool, name + ": " + outcome.reason, 0);
    if (code == 0) code = outcome.code;
    if (!settings.ignore_errors || interrupted()) break;
  }
  return code;
}

void print(const std::vector<std::string>& names) {
  for (const auto& name : names) std::puts(name.c_str());
}

int list(const Tool& tool, const DownloadSettings& settings, const Request& request) {
  const auto local = list_local(settings);
  if (request.list_local) {
    print(local);
    return 0;
  }
  std::vector<std::string> remote;
  if (!settings.repos.empty()) {
    if (!can_fetch()) return refuse(tool, "curl is not installed", kNoDownloader);
    auto listed = list_remote(settings);
    if (!listed) return refuse(tool, listed.error().text(), kFailed);
    remote = *std::move(listed);
  } else if (!request.list_all) {
    return refuse(tool, no_repository(settings), kFailed);
  }
  std::vector<std::string> shown = remote;
  if (request.list_all) {
    shown.clear();
    std::ranges::set_union(remote, local, std::back_inserter(shown));
  }
  if (request.list_orphans) {
    shown.clear();
    std::ranges::set_difference(local, remote, std::back_inserter(shown));
  }
  print(shown);
  return 0;
}

// The command line's word counts more than the files'.
void apply(const Request& request, DownloadSettings& settings) {
  if (request.gpg_check) settings.check_signature = true;
  if (request.no_gpg_check) settings.check_signature = false;
  if (request.update) settings.update = true;
  if (request.no_update) settings.update = false;
  if (request.quiet) settings.quiet = true;
  if (request.no_quiet) settings.quiet = false;
  if (request.ignore_errors) settings.ignore_errors = true;
}

int run_request(const Tool& tool, const Request& request, const std::vector<std::string>& names) {
  configure_log({.program = "vztmpl-dl", .file = {}});
  auto settings = load_download_settings(test_prefix());
  if (!settings) return refuse(tool, settings.error().text(), kFailed);
  apply(request, *settings);
  const int lists = request.list_remote + request.list_local + request.list_all + request.list_orphans;
  if (lists + request.config + request.update_all + (names.empty() ? 0 : 1) != 1) {
    return refuse_usage(tool, names.empty() ? "no template is named" : "names do not go with that");
  }
  if (lists > 0) return list(tool, *settings, request);
  if (request.config) {
    std::fputs(settings->text().c_str(), stdout);
    return 0;
  }
  if (!request.update_all) return get_all(tool, *settings, names);
  settings->update = true;
  return get_all(tool, *settings, list_local(*settings));
}

std::vector<Option> options(Request& into) {
  return {flag_option("gpg-check", 0, "check signatures", into.gpg_check),
          flag_option("no-gpg-check", 0, "do not check signatures", into.no_gpg_check),
          flag_option("ignore-errors", 0, "after a failure go on with the next template", into.ignore_errors),
          flag_option("update", 0, "replace a template that is there by a newer one", into.update),
          flag_option("no-update", 0, "leave a template that is there alone", into.no_update),
          flag_option("quiet", 0, "print only errors", into.quiet),
          flag_option("no-quiet", 0, "print what is done", into.no_quiet),
          flag_option("update-all", 0, "update all templates that are there", into.update_all),
          flag_option("list-remote", 0, "list the templates of the repositories", into.list_remote),
          flag_option("list-local", 0, "list the templates that are there", into.list_local),
          flag_option("list-all", 0, "list both", into.list_all),
          flag_option("list-orphans", 0, "list those that are there and in no repository", into.list_orphans),
          flag_option("config", 0, "print the settings", into.config)};
}

}  // namespace

Tool vztmpl_dl_tool() {
  const auto request = std::make_shared<Request>();
  return {.name = "vztmpl-dl",
          .synopsis = {"[options] TEMPLATE...", "[options] --update-all",
                       "--list-remote | --list-local | --list-all | --list-orphans", "--config"},
          .about =
              "Downloads OS templates from the repositories of /etc/vz/download.conf into the\n"
              "template cache.\n"
              "Exit codes: 0 done, 1 failed or not found, 2 there already, 3 usage,\n"
              "4 no curl, 5 signature.\n",
          .options = options(*request),
          .usage_code = kUsage,
          .run = [request](const Tool& tool, const std::vector<std::string>& words) {
            return run_request(tool, *request, words);
          }};
}

}  // namespace vz
