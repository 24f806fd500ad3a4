#include "libvz/container/console.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "libvz/config/lock.h"
#include "libvz/core/file.h"
#include "libvz/core/terminal.h"
#include "libvz/host/run_state.h"

namespace vz {

namespace {

constexpr char kEscape = 27;
constexpr int kRetryMs = 200;

// Empty: nobody listens.
Result<Fd> connect_to(const std::string& path) {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(ExitCode::system, "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail_errno(ExitCode::system, path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  if (errno == ENOENT || errno == ECONNREFUSED) return Fd();
  return fail_errno(ExitCode::system, "connect " + path);
}

// What is typed: where it leaves for the container, and where it says good-bye.
class Keyboard {
 public:
  // The bytes that go to the container. left() afterwards: ESC . was among them.
  std::string take(std::string_view typed) {
    std::string out;
    for (const char c : typed) {
      if (escaped_) {
        escaped_ = false;
        left_ = c == '.';
        if (left_) break;
        out += kEscape;
      } else if (c == kEscape && line_start_) {
        escaped_ = true;
        continue;
      }
      out += c;
      line_start_ = c == '\r' || c == '\n';
    }
    return out;
  }
  bool left() const { return left_; }
  // An escape that is waiting for its second character.
  bool pending() const { return escaped_; }
  std::string release() {
    escaped_ = false;
    return {kEscape};
  }

 private:
  bool line_start_ = true;
  bool escaped_ = false;
  bool left_ = false;
};

// One attached terminal.
class Session {
 public:
  Session(const GlobalConfig& global, const ContainerConfig& config) : global_(global), config_(config) {
    sigset_t window_change;
    sigemptyset(&window_change);
    sigaddset(&window_change, SIGWINCH);
    sigprocmask(SIG_BLOCK, &window_change, nullptr);
    resized_ = Fd(signalfd(-1, &window_change, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  Result<void> run() {
    while (!done_) {
      if (!socket_) VZ_TRY(connect_if_possible());
      VZ_TRY(step());
    }
    return {};
  }

 private:
  Result<void> connect_if_possible() {
    const Paths& paths = global_.paths;
    VZ_ASSIGN(socket_, connect_to(paths.console_socket(config_.ctid)));
    if (socket_) return send_window_size();
    if (!exists(config_.file)) {
      done_ = true;
      return {};
    }
    return revive_server();
  }

  // A container that runs without its server had it killed. Not while a command is at it, which may be about
  // to start one.
  Result<void> revive_server() {
    VZ_ASSIGN(const auto state, load_run_state(global_.paths, config_.ctid));
    if (!state || exists(global_.paths.lock_file(config_.ctid))) return {};
    auto lock = ContainerLock::acquire(global_.paths, config_.ctid);
    if (!lock) return {};
    VZ_ASSIGN(const Fd again, connect_to(global_.paths.console_socket(config_.ctid)));
    return again ? Result<void>{} : serve_console(global_, config_, state->init_pid, Fd());
  }

  Result<void> send_window_size() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0) return {};
    send_message('w', std::string_view(reinterpret_cast<const char*>(&size), sizeof size));
    return {};
  }

  // A server that goes is noticed when reading.
  void send_message(char kind, std::string_view data) {
    if (!socket_) return;
    const std::string message = kind + std::string(data);
    (void)send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
  }

  Result<void> step() {
    pollfd polls[3] = {{STDIN_FILENO, POLLIN, 0}, {socket_.get(), POLLIN, 0}, {resized_.get(), POLLIN, 0}};
    const int ready = poll(polls, 3, socket_ && !keyboard_.pending() ? -1 : kRetryMs);
    if (ready < 0 && errno != EINTR) return fail_errno(ExitCode::system, "poll");
    if (ready <= 0) {
      // An escape alone is meant for the container.
      if (keyboard_.pending() && ready == 0) send_message('d', keyboard_.release());
      return {};
    }
    if (polls[1].revents != 0) VZ_TRY(show_output());
    if (polls[0].revents != 0) take_input();
    if (polls[2].revents != 0) {
      signalfd_siginfo info;
      (void)!read(resized_.get(), &info, sizeof info);
      VZ_TRY(send_window_size());
    }
    return {};
  }

  Result<void> show_output() {
    char buffer[8192];
    const ssize_t got = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got > 0) return write_all(STDOUT_FILENO, std::string_view(buffer, static_cast<size_t>(got)));
    if (got == 0 || errno != EINTR) socket_.reset();
    return {};
  }

  void take_input() {
    char buffer[1024];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
      done_ = true;
      return;
    }
    const std::string typed = keyboard_.take(std::string_view(buffer, static_cast<size_t>(got)));
    if (!typed.empty()) send_message('d', typed);
    done_ = keyboard_.left();
  }

  const GlobalConfig& global_;
  const ContainerConfig& config_;
  Fd socket_;
  Fd resized_;
  Keyboard keyboard_;
  bool done_ = false;
};

}  // namespace

Result<void> attach_console(const GlobalConfig& global, const ContainerConfig& config) {
  std::fprintf(stderr, "Attached to CT %u (ESC . to detach)\n", config.ctid);
  Result<void> done;
  {
    const RawTerminal raw;
    done = Session(global, config).run();
  }
  std::fprintf(stderr, "\nDetached from CT %u\n", config.ctid);
  return done;
}

}  // namespace vz
