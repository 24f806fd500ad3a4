#include "vzmigrate/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/storage/mount.h"

namespace vz {

namespace {

constexpr const char* kProgram = VZ_SBINDIR "/vzmigrate";
constexpr int kFilesFailed = 23;
constexpr int kFilesVanished = 24;

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const MigrateOptions& options) {
  std::unique_ptr<Connection> self(new Connection(options));
  SshTarget target = parse_target(options.host);
  target.options = options.ssh;
  VZ_ASSIGN(SshSession session, open_ssh_session(target, options.verbosity));
  char directory[] = "/run/vzmigrate.XXXXXX";
  if (mkdtemp(directory) == nullptr)
    return fail_errno(static_cast<ExitCode>(MigrateCode::cannot_connect), "mkdtemp");
  self->directory_ = directory;
  VZ_ASSIGN(self->multiplexer_, SshMultiplexer::start(std::move(session), self->directory_));
  VZ_ASSIGN(self->agent_, self->multiplexer_->execute(std::string(kProgram) + " --agent"));
  self->agent_stream_ = std::make_unique<MessageStream>(self->agent_.stream.get(), self->agent_.stream.get());
  if (auto greeted = self->agent_stream_->greet(); !greeted) {
    if (static_cast<MigrateCode>(greeted.error().code()) == MigrateCode::not_ready)
      return fail(std::move(greeted));
    return migrate_failure(MigrateCode::not_ready,
                           std::string(kProgram) +
                               " does not answer on the destination: is it installed there? (" +
                               greeted.error().text() + ")");
  }
  return self;
}

Connection::~Connection() {
  if (agent_.stream) {
    shutdown(agent_.stream.get(), SHUT_WR);
    // Its undos may take as long as removing what was copied.
    agent_.wait();
  }
  multiplexer_.reset();
  if (!directory_.empty()) (void)remove_tree(directory_);
}

Result<Child> Connection::start_rsync(const std::string& from, const std::string& to,
                                      const std::vector<std::string>& more, bool progress) {
  Command command;
  command.argv = {"rsync",         "-aHAX", "--delete",
                  "--numeric-ids", "-e",    std::string(kProgram) + " --rsh " + multiplexer_->socket()};
  command.argv.insert(command.argv.end(), options_.rsync.begin(), options_.rsync.end());
  command.argv.insert(command.argv.end(), more.begin(), more.end());
  if (options_.verbosity >= 2) command.argv.emplace_back("-v");
  if (progress && isatty(1) != 0) command.argv.emplace_back("--info=progress2");
  command.argv.push_back(from + "/");
  command.argv.push_back("node:" + to + "/");
  command.prepare = [from] { return follow_no_symlinks_below(from); };
  auto child = start(command);
  if (!child) return migrate_failure(MigrateCode::copy_failed, std::move(child));
  return child;
}

Result<void> Connection::finish_rsync(Child rsync, CopyPass pass) {
  VZ_ASSIGN(const Fd pidfd, open_pidfd(rsync.pid()));
  for (bool ended = false; !ended;) {
    VZ_TRY(check_interrupt());
    pollfd waiting[2] = {{pidfd.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    poll(waiting, 2, -1);
    ended = waiting[0].revents != 0;
  }
  VZ_ASSIGN(const int status, rsync.wait());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == kFilesVanished)) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kFilesFailed && pass == CopyPass::of_a_running_container)
    return {};
  return migrate_failure(MigrateCode::copy_failed,
                         WIFEXITED(status) ? "rsync exited with status " + std::to_string(WEXITSTATUS(status))
                                           : "rsync was terminated by a signal");
}

}  // namespace vz
