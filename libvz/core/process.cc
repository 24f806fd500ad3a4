#include "libvz/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "libvz/core/interrupt.h"

namespace vz {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kSearchPath[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                       "/usr/bin",        "/sbin",          "/bin"};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

struct ChildFds {
  int in = -1;
  int out = -1;
  int err = -1;
};

bool place(int fd, int at) {
  if (fd < 0) return true;
  if (fd == at) return set_cloexec(fd, false).has_value();
  return dup2(fd, at) >= 0;
}

void reset_signals() {
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) {
    if (signal_number == SIGKILL || signal_number == SIGSTOP) continue;
    signal(signal_number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the child; reports why exec failed through report and never returns.
[[noreturn]] void become(const Command& command, const std::string& program, ChildFds fds, int report) {
  const auto give_up = [&](const Result<void>& why) {
    (void)send_result(report, why);
    _exit(127);
  };
  reset_signals();
  // Away from 0..2 first, so that placing one does not overwrite another.
  for (int* fd : {&fds.in, &fds.out, &fds.err, &report}) {
    if (*fd >= 0 && *fd <= 2) *fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
  }
  if (!place(fds.in, 0) || !place(fds.out, 1) || !place(fds.err, 2)) {
    give_up(fail_errno(ExitCode::system, "dup2"));
  }
  std::vector<int> keep = command.keep_fds;
  for (int fd : keep) (void)set_cloexec(fd, false);
  keep.push_back(report);
  if (command.prepare == nullptr) close_other_fds(keep);
  if (!command.directory.empty() && chdir(command.directory.c_str()) < 0) {
    give_up(fail_errno(ExitCode::system, "chdir " + command.directory));
  }
  if (command.prepare != nullptr) {
    if (auto prepared = command.prepare(); !prepared) give_up(prepared);
    close_other_fds(keep);
  }
  execve(program.c_str(), pointers(command.argv).data(), pointers(command.environment).data());
  give_up(fail_errno(ExitCode::system, "exec " + program));
  _exit(127);
}

Result<Child> spawn(const Command& command, ChildFds fds) {
  const std::string program = find_program(command.argv.at(0));
  VZ_ASSIGN(Pipe report, make_pipe());
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(ExitCode::system, "fork");
  if (pid == 0) become(command, program, fds, report.write.get());
  Child child(pid);
  report.write.reset();
  VZ_ASSIGN(const std::string why, read_all(report.read.get()));
  if (!why.empty()) {
    (void)child.wait();
    return std::unexpected(Error::deserialize(why));
  }
  return child;
}

// Moves data between the child's pipes and the strings until both outputs are at their end.
Result<void> converse(Fd in, std::string_view input, Fd out, std::string& output, Fd err, std::string& errors,
                      Clock::time_point deadline, bool limited) {
  constexpr size_t kOutputLimit = size_t{64} << 20;
  if (in && input.empty()) in.reset();
  if (in) fcntl(in.get(), F_SETFL, O_NONBLOCK);
  while (in || out || err) {
    VZ_TRY(check_interrupt());
    pollfd polls[4] = {
        {in.get(), POLLOUT, 0}, {out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    int wait_ms = -1;
    if (limited) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return fail_errno(ExitCode::system, "no answer in time", ETIMEDOUT);
      wait_ms = static_cast<int>(left);
    }
    if (poll(polls, 4, wait_ms) < 0) {
      if (errno == EINTR) continue;
      return fail_errno(ExitCode::system, "poll");
    }
    if (in && polls[0].revents != 0) {
      const ssize_t written = write(in.get(), input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<size_t>(written));
      if ((written < 0 && errno != EAGAIN && errno != EINTR) || input.empty()) in.reset();
    }
    const auto take = [&](Fd& fd, short revents, std::string& into) -> Result<void> {
      if (!fd || revents == 0) return {};
      char buffer[16384];
      const ssize_t got = read(fd.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) return {};
      if (got <= 0) {
        fd.reset();
        return {};
      }
      if (into.size() + static_cast<size_t>(got) > kOutputLimit)
        return fail(ExitCode::system, "too much output");
      into.append(buffer, static_cast<size_t>(got));
      return {};
    };
    VZ_TRY(take(out, polls[1].revents, output));
    VZ_TRY(take(err, polls[2].revents, errors));
  }
  return {};
}

// Waits for the end of the process, at most until the deadline or an interrupt.
Result<int> wait_until(Child& child, Clock::time_point deadline, bool limited) {
  VZ_ASSIGN(const Fd pidfd, open_pidfd(child.pid()));
  for (;;) {
    VZ_TRY(check_interrupt());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (limited && left <= 0) return fail_errno(ExitCode::system, "no end in time", ETIMEDOUT);
    pollfd waiting[2] = {{pidfd.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    if (poll(waiting, 2, limited ? static_cast<int>(left) : -1) < 0 && errno != EINTR) {
      return fail_errno(ExitCode::system, "poll");
    }
    if (waiting[0].revents != 0) break;
  }
  return child.wait();
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  for (const char* directory : kSearchPath) {
    std::string path = std::string(directory) + "/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return name;
}

Finished Finished::of(int wait_status) {
  Finished finished;
  if (WIFSIGNALED(wait_status)) {
    finished.signal = WTERMSIG(wait_status);
  } else {
    finished.exit_code = WEXITSTATUS(wait_status);
  }
  return finished;
}

std::string Finished::describe() const {
  std::string text = signal != 0 ? "terminated by signal " + std::to_string(signal)
                                 : "exited with status " + std::to_string(exit_code);
  std::string_view rest = errors;
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  if (!rest.empty()) text += ": " + std::string(rest.substr(rest.rfind('\n') + 1));
  return text;
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Result<int> Child::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno(ExitCode::system, "waitpid");
  }
  pid_ = -1;
  return status;
}

void Child::kill_and_reap() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  (void)wait();
  pid_ = -1;
}

Result<Finished> run(const Command& command) {
  const auto deadline = Clock::now() + command.timeout;
  const bool limited = command.timeout.count() > 0;
  ChildFds fds{command.stdin_fd, command.stdout_fd, command.stderr_fd};
  Pipe in;
  Pipe out;
  Pipe err;
  Fd null;
  if (fds.in < 0) {
    if (command.input) {
      VZ_ASSIGN(in, make_pipe());
      fds.in = in.read.get();
    } else {
      VZ_ASSIGN(null, open_file("/dev/null", O_RDONLY));
      fds.in = null.get();
    }
  }
  if (fds.out < 0 && command.capture) {
    VZ_ASSIGN(out, make_pipe());
    fds.out = out.write.get();
  }
  if (fds.err < 0 && command.capture) {
    VZ_ASSIGN(err, make_pipe());
    fds.err = err.write.get();
  }
  VZ_ASSIGN(Child child, spawn(command, fds));
  in.read.reset();
  out.write.reset();
  err.write.reset();

  struct sigaction ignore {};
  struct sigaction previous {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &previous);
  std::string output;
  std::string errors;
  auto talked = converse(std::move(in.write), command.input ? *command.input : std::string_view(),
                         std::move(out.read), output, std::move(err.read), errors, deadline, limited);
  sigaction(SIGPIPE, &previous, nullptr);
  if (!talked) return fail(std::move(talked), command.argv.at(0));
  auto status = wait_until(child, deadline, limited);
  if (!status) return fail(std::move(status), command.argv.at(0));
  Finished finished = Finished::of(*status);
  finished.output = std::move(output);
  finished.errors = std::move(errors);
  return finished;
}

Result<std::string> run_checked(const Command& command, ExitCode code) {
  auto finished = run(command);
  if (!finished) return std::unexpected(std::move(finished).error().with_code(code));
  if (!finished->ok()) {
    std::string what = command.argv.at(0);
    for (size_t i = 1; i < command.argv.size(); ++i) what += " " + command.argv[i];
    return fail(code, what + " " + finished->describe());
  }
  return std::move(finished->output);
}

Result<Child> start(const Command& command) {
  return spawn(command, {command.stdin_fd, command.stdout_fd, command.stderr_fd});
}

Result<Child> fork_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(ExitCode::system, "fork");
  if (pid == 0) _exit(body());
  return Child(pid);
}

void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have ended before that. 0: it is in another pid namespace, and so it was at the fork.
  if (const pid_t now = getppid(); now != parent && now != 0) _exit(1);
}

void outlive_parent() {
  prctl(PR_SET_PDEATHSIG, 0);
}

Result<void> run_in_child(const std::string& who, const std::function<Result<void>()>& body,
                          std::chrono::milliseconds timeout) {
  VZ_ASSIGN(Pipe report, make_pipe());
  const pid_t parent = getpid();
  VZ_ASSIGN(Child child, fork_child([&] {
              die_with_parent(parent);
              report.read.reset();
              return send_result(report.write.get(), body()) ? 0 : 1;
            }));
  report.write.reset();
  if (timeout.count() > 0) {
    pollfd waiting{report.read.get(), POLLIN, 0};
    int ready = 0;
    do {
      ready = poll(&waiting, 1, static_cast<int>(timeout.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) return fail_errno(ExitCode::system, who, ETIMEDOUT);
  }
  auto result = receive_result(report.read.get(), who);
  VZ_TRY(child.wait());
  return result;
}

void close_other_fds(const std::vector<int>& keep) {
  std::vector<int> sorted = keep;
  std::ranges::sort(sorted);
  unsigned first = 3;
  for (const int fd : sorted) {
    if (fd < static_cast<int>(first)) continue;
    if (fd > static_cast<int>(first)) syscall(SYS_close_range, first, static_cast<unsigned>(fd) - 1, 0);
    first = static_cast<unsigned>(fd) + 1;
  }
  syscall(SYS_close_range, first, ~0U, 0);
}

Result<Fd> open_pidfd(pid_t pid) {
  Fd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return fail_errno(ExitCode::system, "pidfd_open " + std::to_string(pid));
  return fd;
}

}  // namespace vz
