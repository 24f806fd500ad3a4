#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "libvz/config/values.h"
#include "libvz/core/fd.h"
#include "tools/tools.h"

namespace vz {

namespace {

// Source of the codes: vznnc of vzctl 4.x.
constexpr int kNotStarted = 127;
constexpr int kNetwork = 220;

struct Settings {
  bool listen = false;
  bool connect = false;
  unsigned port = 0;
  int fd = -1;  // -1: standard input and output
};

Result<Fd> local_socket(unsigned port, sockaddr_in& address) {
  address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(ExitCode::netdev, "socket");
  return fd;
}

std::string where(const Settings& settings) {
  return "127.0.0.1:" + std::to_string(settings.port);
}

Result<Fd> connect_to(const Settings& settings) {
  sockaddr_in address{};
  VZ_ASSIGN(Fd fd, local_socket(settings.port, address));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    return fail_errno(ExitCode::netdev, "connect to " + where(settings));
  return fd;
}

bool hung_up(const pollfd& entry) {
  return (entry.revents & (POLLHUP | POLLERR)) != 0;
}

// Waits for a connection as long as there is somebody who waits for us: who started this program from afar
// and lost the connection would leave it behind for ever.
Result<void> await_connection(int listener) {
  for (;;) {
    pollfd entries[] = {{listener, POLLIN, 0}, {STDIN_FILENO, 0, 0}, {STDOUT_FILENO, 0, 0}};
    if (poll(entries, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return fail_errno(ExitCode::netdev, "wait for a connection");
    }
    if ((entries[0].revents & POLLIN) != 0) return {};
    if (hung_up(entries[1]) || hung_up(entries[2]))
      return fail(ExitCode::netdev, "standard input or output was closed before anybody connected");
  }
}

Result<Fd> accept_on(const Settings& settings) {
  sockaddr_in address{};
  VZ_ASSIGN(const Fd listener, local_socket(settings.port, address));
  const int on = 1;
  (void)setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
      ::listen(listener.get(), 1) < 0) {
    return fail_errno(ExitCode::netdev, "listen on " + where(settings));
  }
  VZ_TRY(await_connection(listener.get()));
  Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fail_errno(ExitCode::netdev, "accept a connection");
  return fd;
}

Result<void> put_socket(Fd& socket, const Settings& settings) {
  if (settings.fd < 0) {
    if (dup2(socket.get(), STDIN_FILENO) < 0 || dup2(socket.get(), STDOUT_FILENO) < 0)
      return fail_errno(ExitCode::system, "make the connection standard input and output");
    return {};
  }
  if (socket.get() == settings.fd) return set_cloexec(socket.release(), false);
  if (dup2(socket.get(), settings.fd) < 0)
    return fail_errno(ExitCode::system, "make the connection descriptor " + std::to_string(settings.fd));
  return {};
}

int run(const Tool& tool, const Settings& settings, const std::vector<std::string>& words) {
  if (settings.listen == settings.connect) return refuse_usage(tool, "exactly one of -l and -c is needed");
  if (settings.port == 0) return refuse_usage(tool, "no port given");
  if (words.empty()) return refuse_usage(tool, "no command given");
  auto socket = settings.listen ? accept_on(settings) : connect_to(settings);
  if (!socket) return refuse(tool, socket.error().text(), kNetwork);
  if (auto put = put_socket(*socket, settings); !put) return refuse(tool, put.error().text(), kNotStarted);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
  return refuse(tool, "cannot run " + words.front() + ": " + std::strerror(errno), kNotStarted);
}

Result<void> take_number(const std::string& value, unsigned least, unsigned most, const char* what,
                         unsigned& into) {
  const auto number = parse_number(value, least, most);
  if (!number) return fail(ExitCode::invalid_value, std::string("invalid ") + what + ": " + value);
  into = *number;
  return {};
}

}  // namespace

Tool vznnc_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vznnc",
          .synopsis = {"{-l | -c} -p PORT [-f FD] [--] COMMAND [ARGUMENT...]"},
          .about =
              "Runs COMMAND with a TCP connection of this host with itself (127.0.0.1) as standard\n"
              "input and output. The port can be forwarded, by ssh -L or -R.\n"
              "Exit codes: COMMAND's; 1 usage, 127 COMMAND cannot be run, 220 no connection.\n",
          .options = {flag_option("", 'l', "listen, and take the first connection", settings->listen),
                      flag_option("", 'c', "connect", settings->connect),
                      {.name = "",
                       .letter = 'p',
                       .argument = "PORT",
                       .help = "1 to 65535",
                       .take =
                           [settings](const std::string& value) {
                             return take_number(value, 1, 65535, "port", settings->port);
                           }},
                      {.name = "",
                       .letter = 'f',
                       .argument = "FD",
                       .help = "the connection becomes this descriptor instead",
                       .take = [settings](const std::string& value) -> Result<void> {
                         unsigned fd = 0;
                         VZ_TRY(take_number(value, 0, 1023, "descriptor", fd));
                         settings->fd = static_cast<int>(fd);
                         return {};
                       }}},
          .options_first = true,
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            return run(tool, *settings, words);
          }};
}

}  // namespace vz
