#include "tools/vzboot/jobs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libvz/core/interrupt.h"
#include "libvz/core/process.h"

namespace vz {

namespace {

struct Running {
  const Job* job = nullptr;
  size_t step = 0;
  Fd output;  // in memory: it is shown when the job has ended
  Child child;
  Fd pidfd;
};

Result<void> start_step(Running& running, const std::vector<std::string>& environment) {
  Command command;
  command.argv = running.job->steps[running.step].argv;
  command.environment = environment;
  command.stdout_fd = running.output.get();
  command.stderr_fd = running.output.get();
  VZ_ASSIGN(const Fd null, open_file("/dev/null", O_RDONLY));
  command.stdin_fd = null.get();
  VZ_ASSIGN(running.child, start(command));
  VZ_ASSIGN(running.pidfd, open_pidfd(running.child.pid()));
  return {};
}

Result<Running> begin(const Job& job, const std::vector<std::string>& environment) {
  Running running;
  running.job = &job;
  running.output = Fd(memfd_create("output", MFD_CLOEXEC));
  if (!running.output) return fail_errno(ExitCode::system, "memfd_create");
  VZ_TRY(start_step(running, environment));
  return running;
}

// The exit code, or 128 and the signal, as a shell has it.
Result<int> reap(Child& child) {
  // Not Child::wait(), which an interrupt ends by killing.
  int status = 0;
  while (waitpid(child.pid(), &status, 0) < 0) {
    if (errno != EINTR) return fail_errno(ExitCode::system, "waitpid");
  }
  child.release();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string output_of(const Fd& fd) {
  if (lseek(fd.get(), 0, SEEK_SET) < 0) return "";
  return read_all(fd.get()).value_or("");
}

// True if the job has ended; else its next step runs.
Result<bool> step_ended(Running& running, const std::vector<std::string>& environment,
                        const std::function<void(const JobEnd&)>& ended) {
  VZ_ASSIGN(const int code, reap(running.child));
  const auto& steps = running.job->steps;
  const bool done = (code == 0 && steps[running.step].counts) || running.step + 1 == steps.size();
  if (done || interrupted()) {
    ended({running.job->id, steps[running.step].argv, code, output_of(running.output)});
    return true;
  }
  ++running.step;
  VZ_TRY(start_step(running, environment));
  return false;
}

Result<void> wait_for_some(const std::vector<Running>& running) {
  std::vector<pollfd> polls;
  for (const auto& one : running) polls.push_back({one.pidfd.get(), POLLIN, 0});
  if (poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) return fail_errno(ExitCode::system, "poll");
  return {};
}

bool has_ended(const Running& running) {
  pollfd one{running.pidfd.get(), POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

Result<void> run_jobs(const std::vector<Job>& jobs, unsigned parallel,
                      const std::vector<std::string>& environment,
                      const std::function<void(const JobEnd&)>& ended) {
  std::vector<Running> running;
  Result<void> result;
  auto next = jobs.begin();
  while (next != jobs.end() || !running.empty()) {
    while (next != jobs.end() && running.size() < parallel && result && !interrupted()) {
      auto begun = begin(*next++, environment);
      if (begun) {
        running.push_back(*std::move(begun));
      } else {
        result = fail(std::move(begun));
      }
    }
    if (running.empty()) break;
    VZ_TRY(wait_for_some(running));
    for (auto at = running.begin(); at != running.end();) {
      if (!has_ended(*at)) {
        ++at;
        continue;
      }
      auto done = step_ended(*at, environment, ended);
      const bool over = !done || *done;
      if (!done) result = fail(std::move(done));
      at = over ? running.erase(at) : at + 1;
    }
  }
  VZ_TRY(std::move(result));
  return check_interrupt();
}

}  // namespace vz
