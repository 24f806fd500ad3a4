#include "libvz/isolation/namespaces.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "libvz/core/file.h"
#include "libvz/core/user_namespace.h"
#include "libvz/isolation/namespace_share.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace vz {

namespace {

constexpr unsigned long kContainerNamespaces =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;

// The offsets may be written only before the first process is in the namespace, that is between unshare and
// fork (time_namespaces(7)).
Result<void> unshare_time() {
  if (unshare(CLONE_NEWTIME) < 0) return fail_errno(ExitCode::environment_create, "unshare(CLONE_NEWTIME)");
  std::string offsets;
  for (const auto& [name, clock] :
       {std::pair{"monotonic", CLOCK_MONOTONIC}, std::pair{"boottime", CLOCK_BOOTTIME}}) {
    timespec now{};
    clock_gettime(clock, &now);
    offsets += std::string(name) + " " + std::to_string(-now.tv_sec) + " 0\n";
  }
  return write_knob("/proc/self/timens_offsets", offsets);
}

Result<pid_t> clone_process(unsigned long flags, const std::function<int()>& body) {
  clone_args args{};
  args.flags = flags;
  // A sibling sends its parent the signal that its elder would have sent.
  args.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return fail_errno(ExitCode::environment_create, "clone3");
  if (pid == 0) _exit(body());
  return static_cast<pid_t>(pid);
}

}  // namespace

Result<pid_t> clone_container_init(const UserMapping& mapping, const std::function<int()>& body) {
  VZ_ASSIGN(Pipe mapped, make_pipe());
  VZ_ASSIGN(Pipe report, make_pipe());
  VZ_ASSIGN(Pipe pid_pipe, make_pipe());
  // A process of its own makes the user namespace first, so that it owns the time namespace like all others
  // (CRIU wants that), and since unshare(CLONE_NEWTIME) stays with all later children.
  const auto launch = [&]() -> Result<void> {
    VZ_TRY(read_all(mapped.read.get()));
    VZ_TRY(unshare_time());
    VZ_ASSIGN(const pid_t pid, clone_process(kContainerNamespaces | CLONE_PARENT, [&] {
                for (Pipe* pipe : {&mapped, &report, &pid_pipe}) {
                  pipe->read.reset();
                  pipe->write.reset();
                }
                return body();
              }));
    return write_all(pid_pipe.write.get(), std::to_string(pid));
  };
  const NamespaceShare share = take_half_share();
  auto cloned = clone_process(mapping.own_namespace() ? CLONE_NEWUSER : 0UL, [&] {
    give_back_share(share);
    mapped.write.reset();
    return send_result(report.write.get(), launch()) ? 0 : 1;
  });
  give_back_share(share);
  VZ_ASSIGN(const pid_t helper_pid, std::move(cloned));
  Child helper(helper_pid);
  report.write.reset();
  pid_pipe.write.reset();
  if (mapping.own_namespace()) {
    VZ_TRY(write_id_maps(helper.pid(), {mapping.uid_base, mapping.gid_base, kIdCount}));
  }
  mapped.write.reset();
  auto launched = receive_result(report.read.get(), "the clone helper");
  VZ_TRY(helper.wait());
  if (!launched) return fail(std::move(launched), "Unable to create the container's namespaces");
  VZ_ASSIGN(const std::string pid, read_all(pid_pipe.read.get()));
  return static_cast<pid_t>(std::stol(pid));
}

Result<void> join_namespaces(int init_pidfd, const UserMapping& mapping) {
  int flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP |
              CLONE_NEWTIME;
  if (mapping.own_namespace()) flags |= CLONE_NEWUSER;
  if (setns(init_pidfd, flags) < 0)
    return fail_errno(ExitCode::system, "Unable to enter the container's namespaces");
  // setns(CLONE_NEWNS) has moved root and working directory to the container's.
  return mapping.own_namespace() ? become_root_inside() : Result<void>{};
}

Result<void> become_root_inside() {
  if (setgroups(0, nullptr) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
    return fail_errno(ExitCode::system, "Unable to become the container's root");
  }
  return {};
}

Result<void> in_network_namespace(pid_t pid, const std::function<Result<void>()>& body) {
  VZ_ASSIGN(const Fd ns, open_file("/proc/" + std::to_string(pid) + "/ns/net", O_RDONLY));
  return run_in_child("network helper", [&]() -> Result<void> {
    if (setns(ns.get(), CLONE_NEWNET) < 0) return fail_errno(ExitCode::system, "setns(net)");
    return body();
  });
}

}  // namespace vz
