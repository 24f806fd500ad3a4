#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "libvz/core/fd.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr int kFailed = 2;

struct Settings {
  bool sync = false;
  bool data_only = false;
  bool dont_need = false;
};

Result<Fd> open_for_sync(const std::string& path) {
  // A file system without direct access takes the file as well. Neither waits for the other end of a pipe.
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK | O_DIRECT);
  return fd ? std::move(fd) : open_file(path, O_RDONLY | O_NONBLOCK);
}

Result<void> sync_file(const Settings& settings, const std::string& path) {
  VZ_ASSIGN(const Fd fd, open_for_sync(path));
  const int synced = settings.data_only ? fdatasync(fd.get()) : fsync(fd.get());
  if (synced < 0) return fail_errno(ExitCode::system, "sync " + path);
  if (!settings.dont_need) return {};
  // Only what has been written can be dropped, so this comes after.
  const int error = posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) return fail_errno(ExitCode::system, "drop " + path + " from the cache", error);
  return {};
}

}  // namespace

Tool vzfsync_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzfsync",
          .synopsis = {"{--sync | --datasync} [--dontneed] FILE..."},
          .about =
              "Writes what the kernel still holds of the files to their disks.\n"
              "Exit codes: 0 done, 1 usage, 2 at least one file failed.\n",
          .options = {flag_option("sync", 's', "data and what describes it: fsync(2)", settings->sync),
                      flag_option("datasync", 'd', "only what is needed to read the data: fdatasync(2)",
                                  settings->data_only),
                      flag_option("dontneed", 'n', "then let go of the cached data", settings->dont_need)},
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (words.empty()) {
              std::fputs(tool_help(tool).c_str(), stdout);
              return 0;
            }
            if (settings->sync == settings->data_only)
              return refuse_usage(tool, "exactly one of --sync and --datasync is needed");
            int code = 0;
            for (const auto& path : words) {
              if (auto done = sync_file(*settings, path); !done)
                code = refuse(tool, done.error().text(), kFailed);
            }
            return code;
          }};
}

}  // namespace vz
