#include "libvz/container/init.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/container/systemd.h"
#include "libvz/core/fd_passing.h"
#include "libvz/core/process.h"
#include "libvz/isolation/capabilities.h"
#include "libvz/isolation/console.h"
#include "libvz/isolation/device_nodes.h"
#include "libvz/isolation/devices.h"
#include "libvz/isolation/features.h"
#include "libvz/isolation/namespaces.h"
#include "libvz/isolation/root_file_system.h"
#include "libvz/isolation/seccomp.h"

namespace vz {

namespace {

struct InitFds {
  int grouped;  // readable: the cgroups are in place
  int ready;    // our report that the root is entered
  int go;
  int report;
  int console;  // a socket: where the console's master goes
};

bool wait_for_word(int fd) {
  char word = 0;
  ssize_t got = 0;
  do {
    got = read(fd, &word, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1;
}

Result<void> open_null_as_standard() {
  // The container's own node: CRIU must find the file by its path inside.
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) return fail_errno(ExitCode::environment_create, "open /dev/null inside");
  for (int fd = 0; fd < 3; ++fd) {
    if (fd != null && dup2(null, fd) < 0) return fail_errno(ExitCode::environment_create, "dup2");
  }
  if (null > 2) close(null);
  return {};
}

Result<void> set_up_inside(const ContainerConfig& config, const std::string& hostname,
                           const RootFileSystem& layout) {
  if (unshare(CLONE_NEWCGROUP) < 0)
    return fail_errno(ExitCode::environment_create, "unshare(CLONE_NEWCGROUP)");
  if (config.uid_base() != 0) VZ_TRY(become_root_inside());
  if (!hostname.empty() && sethostname(hostname.c_str(), hostname.size()) < 0) {
    return fail_errno(ExitCode::environment_create, "sethostname " + hostname);
  }
  VZ_TRY(enter_root_file_system(layout));
  VZ_TRY(adjust_systemd());
  setsid();
  return {};
}

Result<void> hand_out_console(int socket) {
  VZ_ASSIGN(const Fd master, make_console());
  return send_with_fds(socket, "c", {master.get()});
}

Result<void> become_init(const ContainerConfig& config, int report) {
  VZ_TRY(open_null_as_standard());
  close_other_fds({report});
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  VZ_TRY(load_seccomp_filter(seccomp_policy(config.merged)));
  VZ_TRY(limit_capabilities(container_capabilities(config.uid_base() != 0,
                                                   config.merged.capability.value_or(CapabilityChanges{}))));
  // "-z" and room after it: init shows its state there in ps. Source: vzctl 4.x.
  const char* const argv[] = {"init", "-z", "      ", nullptr};
  // container: systemd's Container Interface.
  const char* const environment[] = {"HOME=/", "TERM=linux", "container=openvz", nullptr};
  for (const char* path : {"/sbin/init", "/etc/init", "/bin/init"}) {
    execve(path, const_cast<char* const*>(argv), const_cast<char* const*>(environment));
  }
  return fail(ExitCode::bad_template, "Unable to start init, probably incorrect template");
}

int first_process(const ContainerConfig& config, const std::string& hostname, const RootFileSystem& layout,
                  InitFds fds) {
  // Whatever kills the one who starts the container kills a half-made container too.
  if (!wait_for_word(fds.grouped)) return 1;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  close_other_fds({fds.grouped, fds.ready, fds.go, fds.report, fds.console});
  auto done = set_up_inside(config, hostname, layout);
  if (done) done = hand_out_console(fds.console);
  close(fds.console);
  (void)send_result(fds.ready, done);
  close(fds.ready);
  if (!done || !wait_for_word(fds.go)) return 1;
  (void)send_result(fds.report, become_init(config, fds.report));
  return 1;
}

}  // namespace

Result<PreparedInit> prepare_init(const ContainerConfig& config, Cgroup& cgroup,
                                  const std::string& device_directory, const std::string& hostname,
                                  const std::string& lxcfs, UndoStack& undo) {
  const ContainerDevices devices = container_devices(config.merged);
  undo.add("remove the device nodes", [device_directory] { return remove_device_nodes(device_directory); });
  VZ_TRY(make_device_nodes({device_directory, config.uid_base(), config.gid_base()}, devices.nodes));
  const RootFileSystem layout{.root = config.root,
                              .devices = devices.names(),
                              .nesting = nesting_allowed(config.merged, config.uid_base() != 0),
                              .device_directory = device_directory,
                              .lxcfs = lxcfs};
  const UserMapping mapping{config.uid_base(), config.gid_base()};
  VZ_ASSIGN(Pipe grouped, make_pipe());
  VZ_ASSIGN(Pipe ready, make_pipe());
  VZ_ASSIGN(Pipe go, make_pipe());
  VZ_ASSIGN(Pipe report, make_pipe());
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno(ExitCode::environment_create, "socketpair");
  const Fd console(pair[0]);
  Fd theirs(pair[1]);
  const InitFds fds{grouped.read.get(), ready.write.get(), go.read.get(), report.write.get(), theirs.get()};
  VZ_ASSIGN(const pid_t pid, clone_container_init(mapping, [&] {
              // Ours must be closed here, or end of file would never come.
              grouped.write.reset();
              go.write.reset();
              return first_process(config, hostname, layout, fds);
            }));
  undo.add("kill the container's first process", [pid]() -> Result<void> {
    kill(pid, SIGKILL);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return {};
  });
  ready.write.reset();
  report.write.reset();
  theirs.reset();
  VZ_TRY(cgroup.allow_devices(devices.permissions));
  VZ_TRY(cgroup.enter(pid));
  VZ_TRY(write_all(grouped.write.get(), "m"));
  VZ_TRY(receive_result(ready.read.get(), "the container's first process"));
  VZ_ASSIGN(Received master, receive_with_fds(console.get(), 1, 1));
  return PreparedInit{pid, std::move(go.write), std::move(report.read), std::move(master.fds.front())};
}

Result<void> execute_init(PreparedInit& init) {
  VZ_TRY(write_all(init.go.get(), "g"));
  init.go.reset();
  VZ_ASSIGN(const std::string why, read_all(init.report.get()));
  if (!why.empty()) return std::unexpected(Error::deserialize(why));
  return {};
}

}  // namespace vz
