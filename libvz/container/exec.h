#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "libvz/config/global_config.h"
#include "libvz/core/process.h"
#include "libvz/core/result.h"

namespace vz {

// A program inside a running container: a member of all its namespaces and of its cgroup, with its
// capabilities and system call filter, so that every limit holds for it too.
struct Inside {
  std::vector<std::string> programs;  // the first of these paths that exists is executed
  // argv; argv[0] empty: the path that was found.
  std::vector<std::string> argv;
  std::vector<std::string> environment = {"HOME=/", "TERM=linux", kPathVariable};
  int stdin_fd = -1;  // not owned; -1: /dev/null
  int stdout_fd = -1;
  int stderr_fd = -1;
  bool search_path = false;  // programs without a slash are looked up in the default PATH
  // Still open when prepare runs, and closed by exec. Not owned.
  std::vector<int> keep_fds;
  // Runs inside just before exec, after session and ids are set: for a terminal.
  std::function<Result<void>()> prepare;
};

// Starts it; the process is the caller's child. "Unable to start" errors have code shell_not_started when
// there is no such program, system otherwise. init_pid: the container's first process, in the caller's pid
// namespace.
Result<Child> start_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                           const Inside& inside);

// vzctl exec and exec2: the words joined by blanks go to the container's shell with -c; the single word "-"
// makes the shell read commands from stdin. The caller's stdin, stdout and stderr are passed on through
// pipes. Returns the wait status of the shell. Not running: exit code not_running.
Result<int> exec_shell(const GlobalConfig& global, const ContainerConfig& config,
                       const std::vector<std::string>& words);
// vzctl exec3: the words are the argv, no shell.
Result<int> exec_direct(const GlobalConfig& global, const ContainerConfig& config,
                        const std::vector<std::string>& argv);

// The container's shell reads commands from input (not owned); stdout and stderr as for exec_shell().
// init_pid: as for start_inside(). Returns the wait status of the shell.
Result<int> exec_shell_reading(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                               int input);

// Runs a script by the container's shell reading its text from stdin. environment: complete. Its output goes
// to the caller's stdout and stderr. timeout zero: none.
Result<Finished> run_script_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                   const std::string& script, const std::vector<std::string>& environment,
                                   std::chrono::milliseconds timeout);

}  // namespace vz
