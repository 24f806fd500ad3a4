#include "libvz/container/exec.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "libvz/container/status.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/text.h"
#include "libvz/isolation/capabilities.h"
#include "libvz/isolation/cgroup.h"
#include "libvz/isolation/features.h"
#include "libvz/isolation/namespaces.h"
#include "libvz/isolation/process_limits.h"
#include "libvz/isolation/seccomp.h"

namespace vz {

namespace {

const std::vector<std::string> kShells = {"/bin/bash", "/bin/sh"};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

Result<void> place_standard_fds(const Inside& inside) {
  int fds[3] = {inside.stdin_fd, inside.stdout_fd, inside.stderr_fd};
  for (int& fd : fds) {
    if (fd < 0) fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    // Above the three targets, so that no dup2 overwrites a source.
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return fail_errno(ExitCode::system, "Unable to pass descriptors inside");
  }
  for (int i = 0; i < 3; ++i) {
    if (dup2(fds[i], i) < 0) return fail_errno(ExitCode::system, "dup2");
  }
  return {};
}

Result<void> execute_first(const Inside& inside) {
  std::vector<std::string> programs = inside.programs;
  if (inside.search_path && programs.at(0).find('/') == std::string::npos) {
    const std::string name = programs.at(0);
    programs.clear();
    for (const char* directory :
         {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
      programs.push_back(directory + name);
    }
  }
  int reason = ENOENT;
  for (const auto& program : programs) {
    auto argv = inside.argv;
    if (argv.empty()) argv.emplace_back();
    if (argv[0].empty()) argv[0] = program;
    execve(program.c_str(), pointers(argv).data(), pointers(inside.environment).data());
    if (errno != ENOENT) reason = errno;
  }
  return fail_errno(ExitCode::shell_not_started, "Unable to execute " + inside.programs.at(0), reason);
}

// What the new process does inside once it is in the cgroup.
Result<void> become_inside(const ContainerConfig& config, const Inside& inside, int report) {
  setsid();
  const bool own_user_namespace = config.uid_base() != 0;
  VZ_TRY(place_standard_fds(inside));
  auto keep = inside.keep_fds;
  keep.push_back(report);
  close_other_fds(keep);
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(022);
  if (chdir("/") < 0) return fail_errno(ExitCode::system, "chdir");
  if (inside.prepare) VZ_TRY(inside.prepare());
  VZ_TRY(limit_process(getpid(), process_limits_of(config.merged)));
  VZ_TRY(load_seccomp_filter(seccomp_policy(config.merged)));
  VZ_TRY(limit_capabilities(
      container_capabilities(own_user_namespace, config.merged.capability.value_or(CapabilityChanges{}))));
  return execute_first(inside);
}

// Enters the namespaces and makes the new process as a sibling, whose pid it reports; then it has done its
// work.
int enter_and_clone(const ContainerConfig& config, int init_pidfd, const Inside& inside, Pipe& report,
                    Pipe& pid_pipe, Pipe& go) {
  const auto body = [&]() -> Result<void> {
    // Until exec nobody inside may look into this process.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    VZ_TRY(join_namespaces(init_pidfd, {config.uid_base(), config.gid_base()}));
    clone_args args{};
    args.flags = CLONE_PARENT;
    const long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) return fail_errno(ExitCode::system, "clone3");
    if (pid > 0) return write_all(pid_pipe.write.get(), std::to_string(pid) + "\n");
    go.write.reset();
    pid_pipe.write.reset();
    const auto word = read_all(go.read.get());
    if (!word || word->empty()) _exit(1);
    (void)send_result(report.write.get(), become_inside(config, inside, report.write.get()));
    _exit(1);
  };
  auto done = body();
  if (!done) (void)send_result(report.write.get(), done);
  return done ? 0 : 1;
}

// Copies what is ready from one descriptor to another; false when the stream has come to its end.
bool copy_some(int from, int to) {
  char buffer[65536];
  const ssize_t got = read(from, buffer, sizeof buffer);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  return write_all(to, std::string_view(buffer, static_cast<size_t>(got))).has_value();
}

// What goes to the process inside. It never waits for it to read: it may itself be waiting for its output to
// be read.
class Feeder {
 public:
  // to may be empty. input is not owned.
  Feeder(int input, Fd to) : input_(input), to_(std::move(to)) {
    if (to_) fcntl(to_.get(), F_SETFL, O_NONBLOCK);
  }

  pollfd waits_for() const {
    if (!to_) return {-1, 0, 0};
    return pending_.empty() ? pollfd{input_, POLLIN, 0} : pollfd{to_.get(), POLLOUT, 0};
  }

  // When poll says so.
  void pass() {
    if (pending_.empty() && !take()) return;
    const ssize_t written = write(to_.get(), pending_.data(), pending_.size());
    if (written > 0) pending_.erase(0, static_cast<size_t>(written));
    if (written < 0 && errno != EAGAIN && errno != EINTR) to_.reset();
  }

 private:
  bool take() {
    pending_.resize(65536);
    const ssize_t got = read(input_, pending_.data(), pending_.size());
    const bool again = got < 0 && (errno == EINTR || errno == EAGAIN);
    pending_.resize(got > 0 ? static_cast<size_t>(got) : 0);
    if (got <= 0 && !again) to_.reset();
    return got > 0;
  }

  int input_;
  Fd to_;
  std::string pending_;
};

using Clock = std::chrono::steady_clock;

// Passes data from input, and to our stdout and stderr, through the pipes of the process inside until its
// outputs are closed or it has ended and nothing is left in them. The container never gets our own
// descriptors: through a terminal's it could read what is typed outside. deadline: none if zero.
Result<void> proxy(int input, Fd in, Fd out, Fd err, int pidfd, Clock::time_point deadline = {}) {
  bool ended = false;
  Feeder feeder(input, std::move(in));
  while (out || err || !ended) {
    pollfd polls[5] = {feeder.waits_for(),
                       {out.get(), POLLIN, 0},
                       {err.get(), POLLIN, 0},
                       {ended ? -1 : pidfd, POLLIN, 0},
                       {interrupt_fd(), POLLIN, 0}};
    int wait_ms = ended ? 0 : -1;
    if (!ended && deadline != Clock::time_point{}) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return fail_errno(ExitCode::exec_timeout, "program inside the container", ETIMEDOUT);
      wait_ms = static_cast<int>(left) + 1;
    }
    const int ready = poll(polls, 5, wait_ms);
    if (ready < 0 && errno != EINTR) return fail_errno(ExitCode::system, "poll");
    VZ_TRY(check_interrupt());
    if (ready == 0 && ended) return {};
    if (ready <= 0) continue;
    if (polls[0].revents != 0) feeder.pass();
    if (polls[1].revents != 0 && !copy_some(out.get(), 1)) out.reset();
    if (polls[2].revents != 0 && !copy_some(err.get(), 2)) err.reset();
    if (polls[3].revents != 0) ended = true;
  }
  return {};
}

Result<int> exec_proxied(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                         Inside inside, int input,
                         std::chrono::milliseconds timeout = std::chrono::milliseconds{0}) {
  VZ_ASSIGN(Pipe in, make_pipe());
  VZ_ASSIGN(Pipe out, make_pipe());
  VZ_ASSIGN(Pipe err, make_pipe());
  inside.stdin_fd = in.read.get();
  inside.stdout_fd = out.write.get();
  inside.stderr_fd = err.write.get();
  VZ_ASSIGN(Child child, start_inside(global, config, init_pid, inside));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  VZ_ASSIGN(const Fd pidfd, open_pidfd(child.pid()));
  const auto deadline = timeout.count() > 0 ? Clock::now() + timeout : Clock::time_point{};
  VZ_TRY(proxy(input, std::move(in.write), std::move(out.read), std::move(err.read), pidfd.get(), deadline));
  return child.wait();
}

Result<int> exec_in_running(const GlobalConfig& global, const ContainerConfig& config, Inside inside) {
  VZ_ASSIGN(const RunState state, require_running(global, config));
  if (state.frozen) return fail(ExitCode::system, "Container is suspended in memory: resume it first");
  return exec_proxied(global, config, state.init_pid, std::move(inside), STDIN_FILENO);
}

}  // namespace

Result<Child> start_inside(const GlobalConfig&, const ContainerConfig& config, pid_t init_pid,
                           const Inside& inside) {
  VZ_ASSIGN(const CgroupLayout layout, probe_cgroup_layout());
  Cgroup cgroup(layout, config.ctid);
  VZ_ASSIGN(const Fd init, open_pidfd(init_pid));
  VZ_ASSIGN(Pipe report, make_pipe());
  VZ_ASSIGN(Pipe pid_pipe, make_pipe());
  VZ_ASSIGN(Pipe go, make_pipe());
  VZ_ASSIGN(Child helper,
            fork_child([&] { return enter_and_clone(config, init.get(), inside, report, pid_pipe, go); }));
  report.write.reset();
  pid_pipe.write.reset();
  go.read.reset();
  VZ_ASSIGN(const std::string pid_text, read_all(pid_pipe.read.get()));
  VZ_TRY(helper.wait());
  const auto pid = parse_int(trim(pid_text));
  if (!pid) {
    auto why = receive_result(report.read.get(), "the process that enters the container");
    return fail(std::move(why));
  }
  Child child(static_cast<pid_t>(*pid));
  VZ_TRY(cgroup.enter(child.pid(), init_pid));
  VZ_TRY(write_all(go.write.get(), "go"));
  go.write.reset();
  VZ_ASSIGN(const std::string why, read_all(report.read.get()));
  if (!why.empty()) return std::unexpected(Error::deserialize(why));
  return child;
}

Result<int> exec_shell(const GlobalConfig& global, const ContainerConfig& config,
                       const std::vector<std::string>& words) {
  Inside inside;
  inside.programs = kShells;
  inside.argv = {""};
  if (words.size() != 1 || words[0] != "-") {
    std::string line;
    for (const auto& word : words) line += (word.empty() ? "''" : word) + " ";
    inside.argv = {"", "-c", line};
  }
  return exec_in_running(global, config, std::move(inside));
}

Result<int> exec_direct(const GlobalConfig& global, const ContainerConfig& config,
                        const std::vector<std::string>& argv) {
  Inside inside;
  inside.programs = {argv.at(0)};
  inside.argv = argv;
  inside.search_path = true;
  return exec_in_running(global, config, std::move(inside));
}

Result<int> exec_shell_reading(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                               int input) {
  Inside inside;
  inside.programs = kShells;
  inside.argv = {""};
  return exec_proxied(global, config, init_pid, std::move(inside), input);
}

Result<Finished> run_script_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                   const std::string& script, const std::vector<std::string>& environment,
                                   std::chrono::milliseconds timeout) {
  VZ_ASSIGN(const Fd text, memory_file(script));
  Inside inside;
  inside.programs = kShells;
  inside.argv = {""};
  inside.environment = environment;
  VZ_ASSIGN(const int status, exec_proxied(global, config, init_pid, std::move(inside), text.get(), timeout));
  return Finished::of(status);
}

}  // namespace vz
