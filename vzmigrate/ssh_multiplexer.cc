#include "vzmigrate/ssh_multiplexer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libvz/core/fd_passing.h"
#include "libvz/core/text.h"
#include "vzmigrate/message_stream.h"

namespace vz {

namespace {

constexpr size_t kChunk = 128 * 1024;
constexpr size_t kLargestBacklog = 4U << 20;  // read from the network but not yet taken by the local side
constexpr size_t kLongestCommand = 65536;
constexpr int kLost = -1;

void set_nonblocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

struct SshMultiplexer::Channel {
  enum class State { opening, requesting, running, finished };

  ~Channel() {
    if (channel != nullptr) ssh_channel_free(channel);
  }

  std::string command;
  Fd in;    // local → remote stdin
  Fd out;   // remote stdout → local
  Fd link;  // to a helper, who waits for the status there
  ssh_channel channel = nullptr;
  State state = State::opening;
  std::string backlog;  // for out
  bool sent_eof = false;
  std::shared_ptr<std::pair<bool, int>> result = std::make_shared<std::pair<bool, int>>(false, kLost);
};

Result<std::unique_ptr<SshMultiplexer>> SshMultiplexer::start(SshSession session,
                                                              const std::string& directory) {
  std::unique_ptr<SshMultiplexer> self(new SshMultiplexer);
  self->session_ = std::move(session);
  self->socket_ = directory + "/ssh";
  VZ_ASSIGN(self->wakeup_, make_pipe());
  self->listener_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (self->socket_.size() >= sizeof address.sun_path) return fail(ExitCode::system, "socket path too long");
  self->socket_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (!self->listener_ ||
      bind(self->listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
      listen(self->listener_.get(), 8) < 0) {
    return fail_errno(ExitCode::system, "socket " + self->socket_);
  }
  ssh_set_blocking(self->session_.get(), 0);
  self->thread_ = std::thread([raw = self.get()] { raw->loop(); });
  return self;
}

SshMultiplexer::~SshMultiplexer() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) {
    (void)write_all(wakeup_.write.get(), "s");
    thread_.join();
  }
  channels_.clear();
  waiting_.clear();
  if (!socket_.empty()) unlink(socket_.c_str());
}

Result<SshMultiplexer::Remote> SshMultiplexer::execute(const std::string& command) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno(ExitCode::system, "socketpair");
  Remote remote;
  remote.stream = Fd(pair[0]);
  auto channel = std::make_unique<Channel>();
  channel->command = command;
  channel->in = Fd(pair[1]);
  channel->out = Fd(fcntl(pair[1], F_DUPFD_CLOEXEC, 3));
  set_nonblocking(pair[1]);
  remote.wait = [this, result = channel->result] {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return result->first; });
    return result->second;
  };
  {
    const std::scoped_lock lock(mutex_);
    if (lost_) return migrate_failure(MigrateCode::cannot_connect, "the connection is lost");
    waiting_.push_back(std::move(channel));
  }
  VZ_TRY(write_all(wakeup_.write.get(), "c"));
  return remote;
}

void SshMultiplexer::accept_helper() {
  Fd link(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!link) return;
  auto helper = receive_with_fds(link.get(), kLongestCommand, 2);
  if (!helper) return;
  auto channel = std::make_unique<Channel>();
  channel->command = std::move(helper->text);
  channel->in = std::move(helper->fds[0]);
  channel->out = std::move(helper->fds[1]);
  channel->link = std::move(link);
  set_nonblocking(channel->in.get());
  set_nonblocking(channel->out.get());
  channels_.push_back(std::move(channel));
}

void SshMultiplexer::finish(Channel& channel, int status) {
  channel.state = Channel::State::finished;
  channel.in.reset();
  channel.out.reset();
  if (channel.link) {
    const std::string text = std::to_string(status);
    (void)::send(channel.link.get(), text.data(), text.size(), MSG_NOSIGNAL);
    channel.link.reset();
  }
  const std::scoped_lock lock(mutex_);
  *channel.result = {true, status};
  finished_.notify_all();
}

// Remote → local.
void SshMultiplexer::pump_out(Channel& channel) {
  char buffer[kChunk];
  while (channel.backlog.size() < kLargestBacklog) {
    const int got = ssh_channel_read_nonblocking(channel.channel, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    channel.backlog.append(buffer, static_cast<size_t>(got));
  }
  for (int got = 0; (got = ssh_channel_read_nonblocking(channel.channel, buffer, sizeof buffer, 1)) > 0;) {
    (void)write_all(2, std::string_view(buffer, static_cast<size_t>(got)));
  }
  while (channel.out && !channel.backlog.empty()) {
    const ssize_t written = write(channel.out.get(), channel.backlog.data(), channel.backlog.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (errno != EAGAIN) {  // the local side is gone
        channel.out.reset();
        channel.backlog.clear();
      }
      break;
    }
    channel.backlog.erase(0, static_cast<size_t>(written));
  }
  if (channel.out && channel.backlog.empty() && ssh_channel_is_eof(channel.channel) != 0) {
    shutdown(channel.out.get(), SHUT_WR);
    channel.out.reset();
  }
}

// Local → remote, never more than the window takes, so that no write waits.
void SshMultiplexer::pump_in(Channel& channel) {
  char buffer[kChunk];
  while (channel.in && (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) == 0) {
    const size_t room = std::min<size_t>(sizeof buffer, ssh_channel_window_size(channel.channel));
    if (room == 0) return;
    const ssize_t got = read(channel.in.get(), buffer, room);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      channel.in.reset();
      break;
    }
    for (ssize_t done = 0; done < got;) {
      const int written =
          ssh_channel_write(channel.channel, buffer + done, static_cast<std::uint32_t>(got - done));
      if (written < 0 && written != SSH_AGAIN) {
        channel.in.reset();
        return;
      }
      if (written > 0) done += written;
      if (written <= 0) ssh_blocking_flush(session_.get(), 1000);
    }
  }
  if (!channel.in && !channel.sent_eof) channel.sent_eof = ssh_channel_send_eof(channel.channel) == SSH_OK;
}

// Returns false when there is nothing more to do for it.
bool SshMultiplexer::step(Channel& channel) {
  using State = Channel::State;
  if (channel.state == State::opening) {
    if (channel.channel == nullptr) channel.channel = ssh_channel_new(session_.get());
    const int done = ssh_channel_open_session(channel.channel);
    if (done == SSH_AGAIN) return true;
    channel.state = State::requesting;
    if (done != SSH_OK) finish(channel, kLost);
  }
  if (channel.state == State::requesting) {
    const int done = ssh_channel_request_exec(channel.channel, channel.command.c_str());
    if (done == SSH_AGAIN) return true;
    channel.state = State::running;
    if (done != SSH_OK) finish(channel, kLost);
  }
  if (channel.state == State::finished) return false;
  pump_out(channel);
  pump_in(channel);
  if (ssh_channel_is_closed(channel.channel) == 0 || !channel.backlog.empty()) return true;
  finish(channel, ssh_channel_get_exit_status(channel.channel));
  return false;
}

void SshMultiplexer::loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  // Reads whatever has come, also for a channel of which nobody reads.
  const std::unique_ptr<ssh_event_struct, void (*)(ssh_event)> event(ssh_event_new(), ssh_event_free);
  ssh_event_add_session(event.get(), session_.get());
  for (;;) {
    std::vector<pollfd> polls = {{wakeup_.read.get(), POLLIN, 0},
                                 {listener_.get(), POLLIN, 0},
                                 {ssh_get_fd(session_.get()), POLLIN, 0}};
    const bool write_pending = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
    if (write_pending) polls[2].events |= POLLOUT;
    bool starting = false;
    for (const auto& channel : channels_) {
      if (channel->state != Channel::State::running) {
        starting = true;
        continue;
      }
      const bool room = !write_pending && ssh_channel_window_size(channel->channel) > 0;
      if (channel->in && room) polls.push_back({channel->in.get(), POLLIN, 0});
      if (channel->out && !channel->backlog.empty()) polls.push_back({channel->out.get(), POLLOUT, 0});
    }
    poll(polls.data(), polls.size(), starting ? 5 : 1000);
    if (polls[0].revents != 0) {
      char drain[64];
      (void)!read(wakeup_.read.get(), drain, sizeof drain);
    }
    if (polls[1].revents != 0) accept_helper();
    if (polls[2].revents != 0 || write_pending) ssh_event_dopoll(event.get(), 0);
    {
      const std::scoped_lock lock(mutex_);
      if (stop_) break;
      channels_.splice(channels_.end(), waiting_);
    }
    std::erase_if(channels_, [this](const auto& channel) { return !step(*channel); });
    if (ssh_is_connected(session_.get()) == 0) break;
  }
  ssh_event_remove_session(event.get(), session_.get());
  // A helper that has connected but was not accepted yet must not wait for ever.
  listener_.reset();
  for (const auto& channel : channels_) finish(*channel, kLost);
  const std::scoped_lock lock(mutex_);
  lost_ = true;
  for (const auto& channel : waiting_) *channel->result = {true, kLost};
  finished_.notify_all();
}

int join_session(const std::string& socket_path, const std::vector<std::string>& command) {
  const Fd link(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!link || socket_path.size() >= sizeof address.sun_path) return 255;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(link.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) return 255;
  if (!send_with_fds(link.get(), join(command, " "), {0, 1})) return 255;
  // From here the other process is the only one to hold them.
  close(0);
  close(1);
  char status[16] = {};
  const ssize_t got = recv(link.get(), status, sizeof status - 1, 0);
  const auto code = got > 0 ? parse_int(std::string_view(status, static_cast<size_t>(got))) : std::nullopt;
  return code && *code >= 0 ? static_cast<int>(*code) : 255;
}

}  // namespace vz
