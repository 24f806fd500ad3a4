#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libvz/core/fd.h"
#include "libvz/core/result.h"

namespace vz {

// The default search path, as a variable of an environment.
inline constexpr const char* kPathVariable =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// A program to run: never a shell string, never an inherited environment, no descriptor but 0, 1, 2 and those
// named.
struct Command {
  std::vector<std::string> argv;  // argv[0] without a slash is looked up in the default PATH
  std::vector<std::string> environment = {kPathVariable, "LC_ALL=C"};
  // Data for its standard input; none: /dev/null. Ignored when stdin_fd is set.
  std::optional<std::string> input;
  // Descriptors to put at 0, 1, 2; -1 as below. Not owned.
  int stdin_fd = -1;
  int stdout_fd = -1;  // -1: captured if capture, else inherited
  int stderr_fd = -1;
  bool capture = true;
  std::vector<int> keep_fds;  // also inherited, under the same numbers
  std::string directory;      // empty: unchanged
  // After that the process is killed and the result is an error. Zero: no limit.
  std::chrono::milliseconds timeout{0};
  // Runs in the child before exec; its error comes back from run()/start().
  std::function<Result<void>()> prepare;
};

struct Finished {
  // wait_status: see waitpid(2).
  static Finished of(int wait_status);

  int exit_code = 0;  // meaningful if signal is 0
  int signal = 0;
  std::string output;  // captured stdout
  std::string errors;  // captured stderr
  bool ok() const { return signal == 0 && exit_code == 0; }
  // "exited with status 3" / "terminated by signal 9", with the last line of errors if there is one.
  std::string describe() const;
};

// Runs to the end. An error means that it could not be started or had to be killed; a non-zero status is a
// Finished.
Result<Finished> run(const Command& command);
// As run(), but anything else than exit status 0 is an error with that code.
Result<std::string> run_checked(const Command& command, ExitCode code);

// A started program or a forked function; killed and reaped when it goes unless waited for or released.
class Child {
 public:
  Child() = default;
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill_and_reap(); }

  pid_t pid() const { return pid_; }
  pid_t release() { return std::exchange(pid_, -1); }
  // The wait status (see waitpid(2)).
  Result<int> wait();
  void kill_and_reap();

 private:
  pid_t pid_ = -1;
};

// Starts without waiting; command.input and capture are not used.
Result<Child> start(const Command& command);

// Forks and runs the function in the child, which exits with its value and never returns.
Result<Child> fork_child(const std::function<int()>& body);

// In a forked child: from here on it is killed when its parent ends, however that ends. Survives exec;
// children of the child are not concerned. parent: the caller of fork.
void die_with_parent(pid_t parent);
// Takes that back.
void outlive_parent();

// Runs the function in a forked child and hands its Result back. For work that changes the process itself
// (namespaces, user ids); the child does not outlive the caller. who names the child in messages. timeout
// zero: none.
Result<void> run_in_child(const std::string& who, const std::function<Result<void>()>& body,
                          std::chrono::milliseconds timeout = std::chrono::milliseconds{0});

// Closes every descriptor from 3 up but those given.
void close_other_fds(const std::vector<int>& keep);

// Where run() and start() find a program: the name itself if it has a slash or is nowhere.
std::string find_program(const std::string& name);

// pidfd_open(2). ESRCH comes back as an error with that errno.
Result<Fd> open_pidfd(pid_t pid);

}  // namespace vz
