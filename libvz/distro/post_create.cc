#include "libvz/distro/post_create.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/user_namespace.h"

namespace vz {

namespace {

constexpr std::chrono::seconds kTimeout{300};
constexpr std::array<int, 7> kFileCapabilities = {
    CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_SETGID, CAP_SETUID};

Result<void> limit_capabilities() {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (std::ranges::count(kFileCapabilities, capability) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability) < 0) return fail_errno(ExitCode::system, "drop capabilities");
  }
  return {};
}

Result<void> enter(int root, int user_namespace) {
  if (user_namespace >= 0) {
    if (setns(user_namespace, CLONE_NEWUSER) < 0)
      return fail_errno(ExitCode::system, "enter the user namespace");
    if (setgid(0) < 0 || setuid(0) < 0) return fail_errno(ExitCode::system, "become the container's root");
  }
  if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0) {
    return fail_errno(ExitCode::system, "unshare");
  }
  if (fchdir(root) < 0 || chroot(".") < 0) return fail_errno(ExitCode::system, "enter the root directory");
  umask(022);
  if (user_namespace < 0) VZ_TRY(limit_capabilities());
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail_errno(ExitCode::system, "no_new_privs");
  // Only now, as a change of ids takes it back. With the first process all others of the pid namespace end.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail_errno(ExitCode::system, "prctl");
  return {};
}

Result<std::string> find_shell(int root) {
  for (const char* shell : {"/bin/bash", "/bin/sh"}) {
    if (open_in_root(root, shell, O_PATH)) return shell;
  }
  return fail(ExitCode::action_script, "the container has no shell");
}

Result<void> run_script(const std::string& text, int root, int user_namespace) {
  VZ_ASSIGN(const std::string shell, find_shell(root));
  // The shell becomes the first process of a pid namespace of its own.
  if (unshare(CLONE_NEWPID) < 0) return fail_errno(ExitCode::system, "unshare");
  Command command;
  command.argv = {shell};
  command.environment = {"HOME=/", "TERM=linux", "VE_ROOT=/", command.environment.front()};
  command.input = text;
  command.timeout = kTimeout;
  command.prepare = [=] { return enter(root, user_namespace); };
  VZ_TRY(run_checked(command, ExitCode::action_script));
  return {};
}

}  // namespace

Result<void> run_post_create(const DistScripts& dist, const std::string& root, unsigned uid_base,
                             unsigned gid_base, unsigned count) {
  const auto script = dist.scripts.find(DistAction::post_create);
  if (script == dist.scripts.end()) return {};
  VZ_ASSIGN(const std::string text, read_file(script->second));
  VZ_ASSIGN(const Fd root_fd, open_file(root, O_PATH | O_DIRECTORY));
  auto done = run_in_child("POST_CREATE", [&]() -> Result<void> {
    Fd user_namespace;
    if (uid_base != 0) {
      VZ_ASSIGN(user_namespace, make_user_namespace({uid_base, gid_base, count}));
    }
    return run_script(dist.functions + "\n" + text, root_fd.get(), user_namespace.get());
  });
  if (done) return {};
  return std::unexpected(
      std::move(done).error().context("script " + script->second).with_code(ExitCode::action_script));
}

}  // namespace vz
