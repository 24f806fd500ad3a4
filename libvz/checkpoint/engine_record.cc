#include "libvz/checkpoint/engine_record.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ranges>
#include <thread>

#include "libvz/core/file.h"
#include "libvz/core/mount_table.h"
#include "libvz/core/text.h"
#include "libvz/host/run_state.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kPatience{60};

// The group's number belongs to nobody else while it has a member; once it has none, another process may have
// got it.
Result<void> end_group(EngineWork work, pid_t leader, std::uint64_t start) {
  const auto now = process_start_time(leader);
  if (now && *now != start) return {};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  if (work == EngineWork::dump) cancel_dump(leader);
  while (work == EngineWork::dump && process_start_time(leader) == start &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  while (kill(-leader, SIGKILL) == 0) {
    if (std::chrono::steady_clock::now() > deadline + kPatience)
      return fail_errno(ExitCode::system, "end the engine " + std::to_string(leader), ETIMEDOUT);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

Result<void> unmount_below(const std::string& directory) {
  VZ_ASSIGN(const auto mounts, mount_table());
  for (const auto& mount : mounts | std::views::reverse) {
    if (!mount.mount_point.starts_with(directory + "/.criu.")) continue;
    if (umount2(mount.mount_point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
      return fail_errno(ExitCode::system, "unmount " + mount.mount_point);
    (void)rmdir(mount.mount_point.c_str());
  }
  return {};
}

}  // namespace

void cancel_dump(pid_t engine) {
  const rlimit nothing{0, 0};
  prlimit(engine, RLIMIT_FSIZE, &nothing, nullptr);
}

Result<void> record_engine(const std::string& file, EngineWork work, pid_t pid, const std::string& images) {
  VZ_TRY(make_directories(file.substr(0, file.rfind('/'))));
  const std::string text = std::string(work == EngineWork::dump ? "dump " : "restore ") +
                           std::to_string(pid) + " " + std::to_string(process_start_time(pid).value_or(0)) +
                           "\n" + images + "\n";
  VZ_ASSIGN(const Fd record, open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
  return write_all(record.get(), text);
}

Result<void> end_recorded_engine(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return {};
  const auto lines = split(*text, "\n");
  const auto words = lines.empty() ? std::vector<std::string>{} : split(lines[0], " ");
  if (lines.size() == 2 && words.size() == 3) {
    const auto pid = parse_int(words[1]);
    const auto start = parse_unsigned(words[2]);
    const EngineWork work = words[0] == "dump" ? EngineWork::dump : EngineWork::restore;
    if (pid && *pid > 1 && start) VZ_TRY(end_group(work, static_cast<pid_t>(*pid), *start));
    VZ_TRY(unmount_below(lines[1]));
  }
  if (unlink(file.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + file);
  return {};
}

}  // namespace vz
