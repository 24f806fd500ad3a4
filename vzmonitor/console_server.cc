#include "vzmonitor/console_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace {

constexpr int kMostClients = 8;
// Between two reads: a container that writes without end must not keep the host busy.
constexpr timespec kRest{0, 1'000'000};
// So long a terminal that reads nothing may hold up the others and the container.
constexpr int kPatienceMs = 2000;

struct Server {
  int pidfd = -1;
  int master = -1;
  int listener = -1;
  int clients[kMostClients] = {-1, -1, -1, -1, -1, -1, -1, -1};
};

int listen_at(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  unlink(path);
  // Nobody but root may see what is on a console.
  umask(0177);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, kMostClients) == 0)
    return fd;
  close(fd);
  return -1;
}

void drop(int& client) {
  close(client);
  client = -1;
}

void take_client(Server& server) {
  const int client = accept4(server.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  for (int& place : server.clients) {
    if (place >= 0) continue;
    place = client;
    return;
  }
  close(client);
}

void send_to(int& client, const char* data, size_t length) {
  if (send(client, data, length, MSG_NOSIGNAL) >= 0) return;
  pollfd writable{client, POLLOUT, 0};
  if (errno != EAGAIN || poll(&writable, 1, kPatienceMs) <= 0 || send(client, data, length, MSG_NOSIGNAL) < 0)
    drop(client);
}

// False when the master is of no use any more.
bool pass_output(Server& server) {
  char buffer[4096];
  const ssize_t got = read(server.master, buffer, sizeof buffer);
  // EIO: nobody in the container has the console open; somebody may open it again.
  if (got < 0) return errno == EINTR || errno == EAGAIN || errno == EIO;
  nanosleep(&kRest, nullptr);
  for (int& client : server.clients) {
    if (client >= 0 && got > 0) send_to(client, buffer, static_cast<size_t>(got));
  }
  return got > 0;
}

void pass_input(Server& server, int& client) {
  char message[4097];
  const ssize_t got = recv(client, message, sizeof message, 0);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    drop(client);
    return;
  }
  if (message[0] == 'w' && got == 1 + static_cast<ssize_t>(sizeof(winsize))) {
    winsize size;
    memcpy(&size, message + 1, sizeof size);
    ioctl(server.master, TIOCSWINSZ, &size);
  }
  // What the container does not read is lost, as on a real line.
  if (message[0] == 'd') (void)!write(server.master, message + 1, static_cast<size_t>(got - 1));
}

// With the slave closed by all, the master is always "ready": then it is looked at only now and then.
constexpr int kHungUpMs = 500;

bool turn(Server& server, bool& hung_up) {
  pollfd polls[3 + kMostClients] = {
      {server.pidfd, POLLIN, 0}, {hung_up ? -1 : server.master, POLLIN, 0}, {server.listener, POLLIN, 0}};
  for (int i = 0; i < kMostClients; ++i) polls[3 + i] = {server.clients[i], POLLIN, 0};
  const int ready = poll(polls, 3 + kMostClients, hung_up ? kHungUpMs : -1);
  hung_up = false;
  if (ready < 0) return errno == EINTR;
  if (polls[0].revents != 0) return false;
  if ((polls[1].revents & POLLIN) != 0) {
    if (!pass_output(server)) return false;
  } else if ((polls[1].revents & POLLHUP) != 0) {
    hung_up = true;
  }
  if (polls[2].revents != 0) take_client(server);
  for (int i = 0; i < kMostClients; ++i) {
    if (server.clients[i] >= 0 && polls[3 + i].revents != 0) pass_input(server, server.clients[i]);
  }
  return true;
}

}  // namespace

int serve_console(const char* socket_path, pid_t init, int master) {
  Server server;
  server.pidfd = static_cast<int>(syscall(SYS_pidfd_open, init, 0));
  server.master = master;
  server.listener = listen_at(socket_path);
  if (server.pidfd < 0 || server.listener < 0) return 1;
  fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
  setsid();
  bool hung_up = false;
  while (turn(server, hung_up)) {
  }
  return 0;
}
