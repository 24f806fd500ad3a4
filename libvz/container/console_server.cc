#include <fcntl.h>
#include <sys/socket.h>

#include "libvz/container/console.h"
#include "libvz/core/fd_passing.h"
#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/isolation/console.h"
#include "libvz/isolation/namespaces.h"

namespace vz {

namespace {

constexpr const char* kMonitor = VZ_LIBEXECDIR "/vzmonitor";

Result<Fd> renew_console(const ContainerConfig& config, pid_t init_pid) {
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno(ExitCode::system, "socketpair");
  const Fd ours(pair[0]);
  const Fd theirs(pair[1]);
  const auto replace = [&]() -> Result<void> {
    VZ_TRY(join_namespaces(init.get(), {config.uid_base(), config.gid_base()}));
    VZ_ASSIGN(const Fd master, make_console());
    return send_with_fds(theirs.get(), "c", {master.get()});
  };
  VZ_TRY(run_in_child("console helper", replace));
  VZ_ASSIGN(Received received, receive_with_fds(ours.get(), 1, 1));
  return std::move(received.fds.front());
}

}  // namespace

Result<void> serve_console(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                           Fd master) {
  if (!master) {
    VZ_ASSIGN(master, renew_console(config, init_pid));
  }
  Command command;
  command.argv = {kMonitor, "--console", global.paths.console_socket(config.ctid), std::to_string(init_pid),
                  std::to_string(master.get())};
  command.keep_fds = {master.get()};
  VZ_ASSIGN(const Fd null, open_file("/dev/null", O_RDWR));
  command.stdin_fd = command.stdout_fd = command.stderr_fd = null.get();
  command.directory = "/";
  VZ_ASSIGN(Child server, start(command));
  server.release();
  return {};
}

}  // namespace vz
