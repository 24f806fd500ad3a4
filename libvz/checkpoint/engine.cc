#include "libvz/checkpoint/engine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/checkpoint/criu_rpc.pb.h"
#include "libvz/checkpoint/engine_record.h"
#include "libvz/checkpoint/link_names.h"
#include "libvz/checkpoint/view_files.h"
#include "libvz/core/fd_passing.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/isolation/namespace_share.h"

namespace vz {

namespace {

constexpr unsigned kGhostLimit = 0xffffffffU;  // unlinked files of any size are part of the state
constexpr unsigned kEngineTimeout = 0;  // seconds; CRIU's own, which would give up on a large container

// One `criu swrk`: the socket to it and the process, a group of its own so that a signal from the terminal
// ends it only by way of us. Killed when it goes, with the helpers that it has started, and with what it has
// mounted.
struct Service {
  Service() = default;
  Service(Service&&) = default;
  Service& operator=(Service&&) = delete;
  ~Service() {
    if (child.pid() <= 0) return;
    kill(-child.pid(), SIGKILL);
    child.kill_and_reap();
    if (!record.empty()) (void)end_recorded_engine(record);
  }

  EngineWork work = EngineWork::restore;
  std::string record;
  Child child;
  Fd socket;
  Fd ended;  // readable when the process is no more
};

Result<Service> start_service(const std::string& program, EngineWork work) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno(ExitCode::system, "socketpair");
  Service service;
  service.work = work;
  service.socket = Fd(pair[0]);
  const Fd theirs(pair[1]);
  VZ_ASSIGN(const Fd null, open_file("/dev/null", O_RDWR));
  Command command;
  command.argv = {program, "swrk", std::to_string(theirs.get())};
  command.keep_fds = {theirs.get()};
  command.stdin_fd = command.stdout_fd = command.stderr_fd = null.get();
  command.prepare = [work, parent = getpid()]() -> Result<void> {
    setsid();
    if (work == EngineWork::restore) {
      die_with_parent(parent);
      // It makes the container's user namespace. CRIU sets the limits of the restored processes itself.
      take_half_share();
    }
    // For cancel_dump(): a write that fails, instead of a signal.
    signal(SIGXFSZ, SIG_IGN);
    return {};
  };
  auto child = start(command);
  if (!child) return fail(std::move(child), "cannot start the checkpoint engine");
  service.child = *std::move(child);
  VZ_ASSIGN(service.ended, open_pidfd(service.child.pid()));
  return service;
}

Result<Service> start_service(const EngineTask& task, EngineWork work) {
  if (!task.record.empty()) VZ_TRY(end_recorded_engine(task.record));
  VZ_ASSIGN(Service service, start_service(task.program, work));
  if (task.record.empty()) return service;
  VZ_TRY(record_engine(task.record, work, service.child.pid(), task.images));
  service.record = task.record;
  return service;
}

// Until there is an answer or there will be none. An interrupted restore can be killed; an interrupted dump
// must put the processes back that it has stopped.
Result<void> wait_for_answer(const Service& service) {
  bool cancelled = false;
  for (;;) {
    if (interrupted() && !cancelled) {
      if (service.work == EngineWork::restore) return check_interrupt();
      cancel_dump(service.child.pid());
      cancelled = true;
    }
    pollfd waiting[3] = {{service.socket.get(), POLLIN, 0},
                         {service.ended.get(), POLLIN, 0},
                         {cancelled ? -1 : interrupt_fd(), POLLIN, 0}};
    if (poll(waiting, 3, -1) < 0) {
      if (errno != EINTR) return fail_errno(ExitCode::system, "poll");
      continue;
    }
    if (waiting[0].revents == 0 && waiting[1].revents == 0) continue;
    return cancelled ? check_interrupt() : Result<void>{};
  }
}

// A message of CRIU, which with "orphan-pts-master" passes a descriptor.
struct Message {
  criu_rpc::criu_resp response;
  Fd fd;
};

Result<Message> receive(const Service& service) {
  VZ_TRY(wait_for_answer(service));
  constexpr size_t kLongest = 1 << 20;
  auto received = receive_with_optional_fd(service.socket.get(), kLongest);
  if (!received) {
    return fail(ExitCode::system,
                "the checkpoint engine ended without an answer: " + received.error().text());
  }
  Message message;
  if (!message.response.ParseFromString(received->text)) {
    return fail(ExitCode::system, "the checkpoint engine gave an answer that cannot be read");
  }
  if (!received->fds.empty()) message.fd = std::move(received->fds.front());
  return message;
}

Result<void> send_request(const Service& service, const criu_rpc::criu_req& request) {
  const std::string bytes = request.SerializeAsString();
  if (send(service.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    return fail_errno(ExitCode::system, "write to the checkpoint engine");
  }
  return {};
}

// CRIU's "action scripts", told over the RPC: it waits until each is answered.
using OnAction = std::function<Result<void>(const criu_rpc::criu_notify& action, Fd fd)>;

Result<criu_rpc::criu_resp> ask(const Service& service, const criu_rpc::criu_req& request,
                                const OnAction& on_action = nullptr) {
  VZ_TRY(send_request(service, request));
  for (;;) {
    VZ_ASSIGN(Message message, receive(service));
    if (message.response.type() != criu_rpc::NOTIFY) return std::move(message.response);
    auto done = on_action ? on_action(message.response.notify(), std::move(message.fd)) : Result<void>{};
    criu_rpc::criu_req answer;
    answer.set_type(criu_rpc::NOTIFY);
    answer.set_notify_success(done.has_value());
    VZ_TRY(send_request(service, answer));
    if (!done) return fail(std::move(done));
  }
}

// Known noise of a host without CAP_SYS_RESOURCE, and what CRIU says at its end, explain nothing.
bool explains(const std::string& line) {
  return line.find("Error (") != std::string::npos &&
         line.find("Can't setup RLIMIT_NOFILE for self") == std::string::npos;
}

std::string first_error_line(const std::string& log) {
  auto text = read_file(log);
  if (!text) return "";
  for (const auto& line : split(*text, "\n")) {
    if (!explains(line)) continue;
    const auto start = line.find("Error (");
    return line.substr(start);
  }
  return "";
}

std::unexpected<Error> engine_failure(const EngineTask& task, const char* log_name, ExitCode code,
                                      const criu_rpc::criu_resp& response) {
  const std::string log = task.images + "/" + log_name;
  std::string reason = first_error_line(log);
  if (reason.empty() && response.has_cr_errmsg()) reason = response.cr_errmsg();
  if (reason.empty()) reason = "no reason given";
  return fail_errno(code, reason + " (log: " + log + ")", response.cr_errno());
}

void fill_common(const EngineTask& task, int images_fd, criu_rpc::criu_opts& opts) {
  opts.set_images_dir_fd(images_fd);
  opts.set_work_dir_fd(images_fd);
  opts.set_log_level(task.log_level);
  opts.set_root(task.root);
  opts.set_tcp_established(true);
  opts.set_ext_unix_sk(true);
  opts.set_file_locks(true);
  opts.set_link_remap(true);
  opts.set_ghost_limit(kGhostLimit);
  opts.set_orphan_pts_master(true);
  opts.set_evasive_devices(true);
  opts.set_manage_cgroups_mode(criu_rpc::FULL);
  // The host end's gate (network/gate.h) holds the network still, from earlier and for longer than CRIU
  // could.
  opts.set_network_lock(criu_rpc::SKIP);
  if (kEngineTimeout != 0) opts.set_timeout(kEngineTimeout);
  for (const auto& external : task.external) opts.add_external(external);
}

}  // namespace

Result<std::string> engine_version(const std::string& program) {
  VZ_ASSIGN(const Service service, start_service(program, EngineWork::restore));
  criu_rpc::criu_req request;
  request.set_type(criu_rpc::VERSION);
  VZ_ASSIGN(const auto response, ask(service, request));
  if (!response.success() || !response.has_version()) {
    return fail(ExitCode::system, program + " does not tell its version");
  }
  const auto& version = response.version();
  std::string text = std::to_string(version.major_number()) + "." + std::to_string(version.minor_number());
  if (version.has_sublevel()) text += "." + std::to_string(version.sublevel());
  return text;
}

Result<void> engine_dump(const EngineTask& task, pid_t init_pid) {
  VZ_ASSIGN(const Fd images, open_file(task.images, O_RDONLY | O_DIRECTORY));
  VZ_ASSIGN(const Service service, start_service(task, EngineWork::dump));
  criu_rpc::criu_req request;
  request.set_type(criu_rpc::DUMP);
  auto& opts = *request.mutable_opts();
  fill_common(task, images.get(), opts);
  opts.set_images_dir_fd(images.get());
  opts.set_log_file("dump.log");
  opts.set_pid(init_pid);
  opts.set_leave_running(true);
  opts.set_freeze_cgroup(task.freezer);
  opts.set_force_irmap(true);
  for (const auto& directory : task.watched) opts.add_irmap_scan_paths(directory);
  opts.set_notify_scripts(true);
  std::vector<std::string> names;
  auto response = ask(service, request, [&](const criu_rpc::criu_notify& action, const Fd&) -> Result<void> {
    if (action.script() != "post-dump") return {};
    VZ_ASSIGN(names, hold_link_names(task.images, task.files));
    return names.empty() ? Result<void>{} : note_link_names(task.link_names, names);
  });
  if (response && response->success()) {
    VZ_TRY(give_back_link_names(task.files, names));
    return forget_view_file_sizes(task.images);
  }
  if (!names.empty()) (void)remove_noted_link_names(task.link_names, task.files);
  if (!response) return fail(std::move(response));
  return engine_failure(task, "dump.log", ExitCode::checkpoint, *response);
}

Result<Recreated> engine_restore(const EngineTask& task,
                                 const std::function<Result<void>(pid_t)>& network_ready) {
  VZ_ASSIGN(const Fd images, open_file(task.images, O_RDONLY | O_DIRECTORY));
  VZ_ASSIGN(const Service service, start_service(task, EngineWork::restore));
  criu_rpc::criu_req request;
  request.set_type(criu_rpc::RESTORE);
  auto& opts = *request.mutable_opts();
  fill_common(task, images.get(), opts);
  opts.set_log_file("restore.log");
  opts.set_rst_sibling(true);
  opts.set_notify_scripts(true);
  Recreated recreated;
  VZ_ASSIGN(const auto response,
            ask(service, request, [&](const criu_rpc::criu_notify& action, Fd fd) -> Result<void> {
              if (action.script() == "orphan-pts-master" && fd) recreated.terminals.push_back(std::move(fd));
              // CRIU tells the pid only with this one.
              if (action.script() == "setup-namespaces")
                recreated.init_pid = static_cast<pid_t>(action.pid());
              return action.script() == "post-setup-namespaces" ? network_ready(recreated.init_pid)
                                                                : Result<void>{};
            }));
  if (!response.success() || !response.has_restore()) {
    return engine_failure(task, "restore.log", ExitCode::restore, response);
  }
  recreated.init_pid = static_cast<pid_t>(response.restore().pid());
  return recreated;
}

}  // namespace vz
