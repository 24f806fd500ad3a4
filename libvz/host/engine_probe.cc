#include "libvz/host/engine_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

using std::chrono::seconds;

constexpr seconds kProbeTimeout{15};
// Hidden behind a tmpfs in the probe's mount namespace: what the probe and CRIU leave there is gone with it.
constexpr const char* kWork = "/run";
constexpr const char* kRoot = "/run/root";
constexpr const char* kImages = "/run/images";
constexpr const char* kSleep = "/bin/sleep";
constexpr unsigned kIds = 100000;
// What the connection carries over the dump, and after the restore.
constexpr std::string_view kInFlight = "in flight";
constexpr std::string_view kAfterwards = "afterwards";

Result<void> mount_at(const char* source, const std::string& target, const char* type, unsigned long flags) {
  if (::mount(source, target.c_str(), type, flags, nullptr) == 0) return {};
  return fail_errno(ExitCode::system, "mount on " + target);
}

Result<void> set_up_mounts(const std::string& program) {
  VZ_TRY(mount_at("none", "/", nullptr, MS_REC | MS_PRIVATE));
  VZ_TRY(mount_at("proc", "/proc", "proc", 0));
  if (!program.starts_with("/tmp/")) VZ_TRY(mount_at("tmpfs", "/tmp", "tmpfs", 0));
  VZ_TRY(mount_at("tmpfs", kWork, "tmpfs", 0));
  VZ_TRY(make_directories(kImages, 0700));
  VZ_TRY(make_directories(kRoot, 0755));
  // CRIU wants it to be a mount.
  VZ_TRY(mount_at(kRoot, kRoot, nullptr, MS_BIND));
  if (chown(kRoot, kIds, kIds) < 0) return fail_errno(ExitCode::system, std::string("chown ") + kRoot);
  return make_directories(std::string(kRoot) + "/proc", 0755);
}

// The host's programs and libraries, seen in the process's root: the directories as mounts, which CRIU is
// told of, and the symbolic links of a merged /usr as links.
Result<std::vector<std::string>> fill_root() {
  std::vector<std::string> mounted;
  for (const char* name : {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    const std::string host = std::string("/") + name;
    const std::string inside = std::string(kRoot) + host;
    if (const auto target = read_link(host)) {
      if (symlink(target->c_str(), inside.c_str()) < 0)
        return fail_errno(ExitCode::system, "symlink " + inside);
    } else if (is_directory(host)) {
      VZ_TRY(make_directories(inside));
      VZ_TRY(mount_at(host.c_str(), inside, nullptr, MS_BIND));
      mounted.emplace_back(name);
    }
  }
  return mounted;
}

Result<void> bring_up_loopback() {
  const Fd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!socket_fd || ioctl(socket_fd.get(), SIOCSIFFLAGS, &request) < 0)
    return fail_errno(ExitCode::system, "set lo up");
  return {};
}

struct Connection {
  Fd client;
  Fd server;
};

Result<Connection> connect_over_loopback() {
  VZ_TRY(bring_up_loopback());
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Connection connection;
  connection.client = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), any, length) < 0 || listen(listener.get(), 1) < 0 ||
      getsockname(listener.get(), any, &length) < 0 || connect(connection.client.get(), any, length) < 0) {
    return fail_errno(ExitCode::system, "connect over loopback");
  }
  connection.server = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection.server) return fail_errno(ExitCode::system, "accept over loopback");
  VZ_TRY(write_all(connection.client.get(), kInFlight));
  return connection;
}

Result<void> enter_root() {
  VZ_TRY(mount_at(kRoot, kRoot, nullptr, MS_BIND | MS_REC));
  if (chdir(kRoot) < 0) return fail_errno(ExitCode::system, std::string("chdir ") + kRoot);
  if (syscall(SYS_pivot_root, ".", ".") < 0) return fail_errno(ExitCode::system, "pivot_root");
  // While the host's is still in sight: the kernel demands that in a user namespace.
  VZ_TRY(mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC));
  if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
    return fail_errno(ExitCode::system, "leave the old root");
  return {};
}

constexpr int kClientFd = 3;
constexpr int kServerFd = 4;

// Becomes the process that is dumped: a sleep that holds both ends of a connection and nothing else.
Result<void> become_target(int report) {
  setsid();
  if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
    return fail_errno(ExitCode::system, "become root inside");
  VZ_ASSIGN(Connection connection, connect_over_loopback());
  VZ_TRY(enter_root());
  // Up and out of the way of the numbers they are to have.
  const Fd client(fcntl(connection.client.get(), F_DUPFD_CLOEXEC, 100));
  const Fd server(fcntl(connection.server.get(), F_DUPFD_CLOEXEC, 100));
  const Fd word(fcntl(report, F_DUPFD_CLOEXEC, 100));
  connection = Connection{};
  if (dup2(client.get(), kClientFd) < 0 || dup2(server.get(), kServerFd) < 0)
    return fail_errno(ExitCode::system, "dup2");
  for (int fd = 0; fd < kClientFd; ++fd) close(fd);
  syscall(SYS_close_range, kServerFd + 1, 99, 0);
  const char* const argv[] = {"sleep", "1000", nullptr};
  const char* const environment[] = {"LC_ALL=C", nullptr};
  execve(kSleep, const_cast<char* const*>(argv), const_cast<char* const*>(environment));
  // The caller's number is gone; its word goes out here.
  (void)send_result(word.get(), fail_errno(ExitCode::system, std::string("exec ") + kSleep));
  _exit(1);
}

Result<Child> start_target() {
  VZ_ASSIGN(Pipe mapped, make_pipe());
  VZ_ASSIGN(Pipe report, make_pipe());
  constexpr unsigned long kNamespaces =
      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  const long pid = syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) return fail_errno(ExitCode::system, "clone");
  if (pid == 0) {
    mapped.write.reset();
    (void)read_all(mapped.read.get());
    (void)send_result(report.write.get(), become_target(report.write.get()));
    _exit(1);
  }
  Child target(static_cast<pid_t>(pid));
  report.write.reset();
  const std::string map = "0 " + std::to_string(kIds) + " 65536\n";
  for (const char* file : {"/uid_map", "/gid_map"}) {
    VZ_TRY(write_knob("/proc/" + std::to_string(target.pid()) + file, map));
  }
  mapped.write.reset();
  VZ_ASSIGN(const std::string why, read_all(report.read.get()));
  if (!why.empty()) return std::unexpected(Error::deserialize(why));
  return target;
}

// CRIU complains of a missing CAP_SYS_RESOURCE and goes on.
std::string first_error(const std::string& log) {
  for (const auto& line : split(log, "\n")) {
    const auto start = line.find("Error (");
    if (start != std::string::npos && line.find("RLIMIT_NOFILE for self") == std::string::npos)
      return line.substr(start);
  }
  return "";
}

Result<void> run_engine(const std::string& program, const std::string& action,
                        std::vector<std::string> arguments) {
  const std::string log = action + ".log";
  Command command;
  command.argv = {program, action, "-D", kImages, "-o", log, "-v2", "--root", kRoot, "--tcp-established",
                  // As in earnest (checkpoint/engine.cc): the network is held still from outside.
                  "--network-lock", "skip", "--manage-cgroups=ignore"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.timeout = kProbeTimeout;
  // What a restored process may inherit must not keep our pipes open.
  VZ_ASSIGN(const Fd null, open_file("/dev/null", O_RDWR));
  command.stdout_fd = null.get();
  VZ_ASSIGN(const Finished finished, run(command));
  if (finished.ok()) return {};
  std::string reason = first_error(read_file(std::string(kImages) + "/" + log).value_or(""));
  if (reason.empty()) reason = first_error(finished.errors);
  if (reason.empty()) reason = finished.describe();
  return fail(ExitCode::bad_kernel, "it cannot " + action + " a process with a TCP connection: " + reason);
}

// CRIU's restored root reads the images: before its user namespace has maps as the host's root, then as the
// inner one.
Result<void> give_images() {
  VZ_ASSIGN(const auto names, list_directory(kImages));
  const auto give = [](const std::string& path, mode_t mode) -> Result<void> {
    if (chown(path.c_str(), 0, kIds) == 0 && chmod(path.c_str(), mode) == 0) return {};
    return fail_errno(ExitCode::system, "chown " + path);
  };
  for (const auto& name : names) VZ_TRY(give(std::string(kImages) + "/" + name, 0640));
  return give(kImages, 0750);
}

Result<std::string> receive(const Fd& fd, size_t length) {
  std::string bytes;
  while (bytes.size() < length) {
    pollfd waiting{fd.get(), POLLIN, 0};
    char buffer[64];
    if (poll(&waiting, 1, 2000) <= 0)
      return fail(ExitCode::bad_kernel, "the restored TCP connection carries nothing");
    const ssize_t got = recv(fd.get(), buffer, std::min(sizeof buffer, length - bytes.size()), 0);
    if (got <= 0) return fail(ExitCode::bad_kernel, "the restored TCP connection is broken");
    bytes.append(buffer, static_cast<size_t>(got));
  }
  return bytes;
}

// Both ends are in the restored process; a copy of each is as good as asking it.
Result<void> check_connection(pid_t pid) {
  VZ_ASSIGN(const Fd pidfd, open_pidfd(pid));
  const auto copy = [&](int fd) {
    return Fd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), fd, 0)));
  };
  const Fd client = copy(kClientFd);
  const Fd server = copy(kServerFd);
  if (!client || !server)
    return fail_errno(ExitCode::bad_kernel, "the restored process has lost its connection");
  if (send(client.get(), kAfterwards.data(), kAfterwards.size(), MSG_NOSIGNAL) !=
      ssize_t{kAfterwards.size()}) {
    return fail_errno(ExitCode::bad_kernel, "the restored TCP connection is broken");
  }
  const std::string expected = std::string(kInFlight) + std::string(kAfterwards);
  VZ_ASSIGN(const std::string got, receive(server, expected.size()));
  if (got != expected)
    return fail(ExitCode::bad_kernel, "the restored TCP connection carries other bytes than were sent");
  return {};
}

// As the first process of its own pid namespace, so that all others end with it.
Result<void> dump_and_restore(const std::string& program) {
  VZ_TRY(set_up_mounts(program));
  VZ_ASSIGN(const auto mounted, fill_root());
  std::vector<std::string> dump_arguments;
  std::vector<std::string> restore_arguments = {"--restore-detached", "--pidfile",
                                                std::string(kWork) + "/pid"};
  for (const auto& name : mounted) {
    dump_arguments.insert(dump_arguments.end(), {"--external", "mnt[/" + name + "]:" + name});
    restore_arguments.insert(restore_arguments.end(), {"--external", "mnt[" + name + "]:/" + name});
  }
  VZ_ASSIGN(Child target, start_target());
  dump_arguments.insert(dump_arguments.end(), {"-t", std::to_string(target.pid())});
  VZ_TRY(run_engine(program, "dump", dump_arguments));
  VZ_TRY(target.wait());
  VZ_TRY(give_images());
  // For the restore the root has to be as bare as it was for CRIU's own mounts.
  for (const auto& name : mounted) {
    if (umount((std::string(kRoot) + "/" + name).c_str()) < 0)
      return fail_errno(ExitCode::system, "unmount " + name);
  }
  VZ_TRY(run_engine(program, "restore", restore_arguments));
  VZ_ASSIGN(const std::string text, read_file(std::string(kWork) + "/pid"));
  const auto pid = parse_int(trim(text));
  if (!pid) return fail(ExitCode::bad_kernel, "it does not tell whom it restored");
  return check_connection(static_cast<pid_t>(*pid));
}

// In a child of the caller, whose death it shares, as its own child shares its death.
Result<void> in_own_namespaces(const std::string& program) {
  if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0) return fail_errno(ExitCode::system, "unshare");
  return run_in_child("the probe", [&] { return dump_and_restore(program); });
}

Result<std::string> resolve(const std::string& program) {
  std::string found = find_program(program);
  if (!found.starts_with("/") || access(found.c_str(), X_OK) < 0) {
    return fail_errno(ExitCode::system, program, found.starts_with("/") ? errno : ENOENT);
  }
  return found;
}

// What the verdict depends on.
Result<std::string> verdict_key(const std::string& program) {
  struct stat status;
  if (stat(program.c_str(), &status) < 0) return fail_errno(ExitCode::system, program);
  utsname name{};
  uname(&name);
  return program + " " + std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec) + " " + name.release + " " + name.version;
}

}  // namespace

Result<void> probe_engine(const std::string& program) {
  VZ_ASSIGN(const std::string path, resolve(program));
  if (path.starts_with("/run/")) return fail(ExitCode::system, path + ": a CRIU below /run cannot be probed");
  auto probed = run_in_child(
      "the probe", [&] { return in_own_namespaces(path); }, kProbeTimeout);
  if (probed) return {};
  const bool tried = probed.error().code() == ExitCode::bad_kernel;
  return fail(std::move(probed), path + (tried ? " does not fit this kernel" : " cannot be probed"));
}

Result<void> engine_fits(const Paths& paths, const std::string& program) {
  VZ_ASSIGN(const std::string path, resolve(program));
  VZ_ASSIGN(const std::string key, verdict_key(path));
  const std::string file = paths.run + "/engine-probe";
  const std::string known = read_file(file).value_or("");
  // First line the key, second the reason; empty when it fits.
  if (known.starts_with(key + "\n")) {
    const std::string reason(trim(known.substr(key.size())));
    return reason.empty() ? Result<void>{} : fail(ExitCode::bad_kernel, reason);
  }
  auto probed = probe_engine(path);
  if (!probed && probed.error().code() != ExitCode::bad_kernel) return probed;
  // A verdict that can't be kept is found again the next time.
  if (make_directories(paths.run)) {
    (void)write_file_atomically(file, key + "\n" + (probed ? "" : probed.error().text() + "\n"));
  }
  return probed;
}

}  // namespace vz
