#include "libvz/host/systemd_scope.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

namespace {

// sd_booted(3)
constexpr const char* kBooted = "/run/systemd/system";
constexpr int kAttempts = 20;
constexpr int kPauseMilliseconds = 50;
constexpr int kPatienceMilliseconds = 10'000;

std::vector<std::string> groups_of_scope(const CgroupLayout& layout) {
  std::vector<std::string> groups;
  for (const auto& hierarchy : layout.hierarchies) {
    // One of systemd's own: the unified one, or on v1 the one without controllers.
    if (!hierarchy.v2 && !hierarchy.has("name=systemd")) continue;
    const std::string group = hierarchy.mount_point + "/" + kScopeName;
    if (is_directory(group)) groups.push_back(group);
  }
  return groups;
}

// False: there is no scope, or it has just ended.
Result<bool> enter_existing(const CgroupLayout& layout) {
  bool entered = false;
  for (const auto& group : groups_of_scope(layout)) {
    auto written = write_knob(group + "/cgroup.procs", "0");
    const int error = written ? 0 : written.error().errno_value();
    if (error == ENOENT || error == ENODEV) return false;
    if (!written) return fail(std::move(written));
    entered = true;
  }
  return entered;
}

// A scope begins with a process, and lasts as long as there is one: cat, until its input is closed. It says
// that it is there by its echo.
struct Holder {
  Child child;
  Fd input;
};

// Without a value: another command makes it, or the old one is not gone yet.
Result<std::optional<Holder>> start_scope() {
  VZ_ASSIGN(Pipe input, make_pipe());
  VZ_ASSIGN(Pipe output, make_pipe());
  VZ_ASSIGN(const Fd null, open_file("/dev/null", O_RDWR));
  Command command;
  command.argv = {"systemd-run",
                  "--scope",
                  "--quiet",
                  "--collect",
                  std::string("--unit=") + kScopeName,
                  "--slice=-.slice",
                  "--description=Containers of vzctl",
                  "--property=Delegate=yes",
                  "--property=TasksMax=infinity",
                  "--",
                  "cat"};
  command.stdin_fd = input.read.get();
  command.stdout_fd = output.write.get();
  command.stderr_fd = null.get();
  Holder holder;
  VZ_ASSIGN(holder.child, start(command));
  input.read.reset();
  output.write.reset();
  holder.input = std::move(input.write);
  // Refused by systemd, it may have ended already.
  (void)write_all(holder.input.get(), "\n");
  pollfd waiting{output.read.get(), POLLIN, 0};
  if (poll(&waiting, 1, kPatienceMilliseconds) <= 0)
    return fail_errno(ExitCode::system, "systemd-run", ETIMEDOUT);
  char echo = 0;
  if (read(output.read.get(), &echo, 1) == 1) return std::optional(std::move(holder));
  return std::optional<Holder>();
}

}  // namespace

Result<void> enter_systemd_scope() {
  if (!is_directory(kBooted)) return {};
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    VZ_ASSIGN(bool entered, enter_existing(layout));
    if (entered) return {};
    VZ_ASSIGN(auto holder, start_scope());
    if (holder) {
      VZ_ASSIGN(entered, enter_existing(layout));
      holder->input.reset();
      VZ_TRY(holder->child.wait());
      if (entered) return {};
    }
    poll(nullptr, 0, kPauseMilliseconds);
  }
  return fail(ExitCode::system, std::string("systemd does not make the unit ") + kScopeName);
}

}  // namespace vz
