#include "tests/dists/scratch_root.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "libvz/core/text.h"

namespace vz {

namespace {

namespace fs = std::filesystem;

constexpr std::array kTools = {"awk",   "bash", "cat",  "chmod",  "cmp",      "cp",  "cut",
                               "date",  "dash", "env",  "grep",   "head",     "ln",  "ls",
                               "mkdir", "mv",   "od",   "printf", "readlink", "rm",  "sed",
                               "sort",  "stty", "tail", "touch",  "tr",       "uniq"};
constexpr const char* kBusybox = "/bin/busybox";

Result<void> become_root_of_namespaces() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) < 0) {
    return fail_errno(ExitCode::system, "unshare");
  }
  VZ_TRY(write_knob("/proc/self/setgroups", "deny"));
  VZ_TRY(write_knob("/proc/self/uid_map", "0 " + uid + " 1"));
  return write_knob("/proc/self/gid_map", "0 " + gid + " 1");
}

Result<void> bind_mount(const std::string& from, const std::string& to) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0) {
    return fail_errno(ExitCode::system, "bind " + from);
  }
  return {};
}

// Does it need no interpreter (elf(5)), hence no libraries?
bool is_static(const std::string& bytes) {
  Elf64_Ehdr header{};
  if (bytes.copy(reinterpret_cast<char*>(&header), sizeof header) < sizeof header) return false;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    const size_t at = header.e_phoff + i * sizeof part;
    if (at > bytes.size() || bytes.copy(reinterpret_cast<char*>(&part), sizeof part, at) < sizeof part)
      return false;
    if (part.p_type == PT_INTERP) return false;
  }
  return header.e_phnum > 0;
}

std::string describe(const fs::directory_entry& entry) {
  if (entry.is_symlink()) return "-> " + fs::read_symlink(entry.path()).string() + "\n";
  struct stat status {};
  if (stat(entry.path().c_str(), &status) < 0) return "?\n";
  char mode[16];
  std::snprintf(mode, sizeof mode, "%o\n", status.st_mode & 07777);
  return mode + read_file(entry.path()).value_or("<unreadable>\n");
}

}  // namespace

std::string userland_name(Userland userland) {
  return userland == Userland::bash ? "bash" : userland == Userland::dash ? "dash" : "busybox";
}

std::string ScratchRoot::missing(Userland userland) {
  const std::string busybox = read_file(kBusybox).value_or("");
  if (userland == Userland::busybox && !is_static(busybox)) return "there is no static busybox";
  if (userland == Userland::dash && !exists("/usr/bin/dash")) return "there is no dash";
  if (auto made = run_in_child("a test", become_root_of_namespaces); !made) {
    return "no user namespace: " + made.error().text();
  }
  return {};
}

ScratchRoot::ScratchRoot(Userland userland) : userland_(userland) {
  furnish();
  hold();
}

void ScratchRoot::furnish() const {
  for (const char* directory : {"bin", "dev", "etc", "host", "proc", "root", "run", "tmp", "var"}) {
    fs::create_directory(top_ / directory);
  }
  top_.write("dev/null", "");
  if (userland_ == Userland::busybox) {
    fs::copy_file(kBusybox, top_ / "bin/busybox");
    Command command;
    command.argv = {kBusybox, "--list"};
    for (const auto& applet : split(run_checked(command, ExitCode::system).value_or(""), "\n")) {
      // What would answer for another distribution, or fail without rights.
      if (applet != "busybox" && applet != "ifup" && applet != "chpasswd" && applet != "adduser") {
        fs::create_symlink("busybox", top_ / ("bin/" + applet));
      }
    }
    return;
  }
  for (const char* tool : kTools) {
    const fs::path found = fs::exists(std::string("/usr/bin/") + tool)
                               ? fs::canonical(std::string("/usr/bin/") + tool)
                               : fs::path();
    const bool skipped = userland_ == Userland::dash && std::string_view(tool) == "bash";
    if (!found.empty() && !skipped) {
      fs::create_symlink("/host/" + found.lexically_relative("/usr").string(),
                         top_ / ("bin/" + std::string(tool)));
    }
  }
  fs::create_symlink(userland_ == Userland::bash ? "bash" : "dash", top_ / "bin/sh");
  for (const char* directory : {"lib", "lib64"}) {
    fs::create_symlink(std::string("host/") + directory, top_ / directory);
  }
}

void ScratchRoot::put(const Tree& tree) const {
  for (const auto& [path, content] : tree) {
    if (path.ends_with("/")) {
      fs::create_directories(top_ / path);
    } else if (content.starts_with("-> ")) {
      fs::create_directories(fs::path(top_ / path).parent_path());
      fs::create_symlink(content.substr(3), top_ / path);
    } else {
      top_.write(path, content);
    }
  }
}

void ScratchRoot::put_program(const std::string& name, const std::string& text) const {
  fs::remove(top_ / ("bin/" + name));  // maybe a link
  top_.write("bin/" + name, "#!/bin/sh\n" + text);
  chmod((top_ / ("bin/" + name)).c_str(), 0755);
}

ScratchRoot::Tree ScratchRoot::snapshot() const {
  Tree tree;
  for (const auto& entry : fs::recursive_directory_iterator(top_ / "etc")) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    tree[entry.path().lexically_relative(top_.path()).string()] = describe(entry);
  }
  return tree;
}

std::string ScratchRoot::difference(const Tree& before, const Tree& after) {
  std::string text;
  for (const auto& [path, content] : before) {
    if (!after.contains(path)) text += "--- " + path + " is gone\n";
  }
  for (const auto& [path, content] : after) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != content) text += "--- " + path + " " + content;
  }
  return text;
}

void ScratchRoot::hold() {
  Pipe ready = make_pipe().value();
  const auto body = [&]() -> Result<void> {
    VZ_TRY(become_root_of_namespaces());
    VZ_TRY(bind_mount("/dev/null", top_ / "dev/null"));
    if (userland_ != Userland::busybox) VZ_TRY(bind_mount("/usr", top_ / "host"));
    return {};
  };
  const pid_t parent = getpid();
  holder_ = fork_child([&] {
              die_with_parent(parent);
              (void)send_result(ready.write.get(), body());
              ready.write.reset();
              for (;;) pause();
              return 0;
            }).value();
  ready.write.reset();
  if (auto made = receive_result(ready.read.get(), "the holder"); !made) {
    throw std::runtime_error(made.error().text());
  }
}

Result<void> ScratchRoot::enter() const {
  const std::string namespaces = "/proc/" + std::to_string(holder_.pid()) + "/ns/";
  for (const char* name : {"user", "mnt", "uts"}) {
    VZ_ASSIGN(const Fd fd, open_file(namespaces + name, O_RDONLY));
    if (setns(fd.get(), 0) < 0) return fail_errno(ExitCode::system, "enter a namespace");
  }
  if (chroot(top_.path().c_str()) < 0 || chdir("/") < 0) return fail_errno(ExitCode::system, "chroot");
  umask(022);
  return {};
}

Finished ScratchRoot::run(const ContainerScript& script) const {
  Command command;
  command.argv = {"/bin/sh"};
  command.environment = script.environment;
  command.input = script.text;
  command.timeout = std::chrono::seconds(20);
  command.prepare = [this] { return enter(); };
  auto finished = vz::run(command);
  if (!finished) throw std::runtime_error(finished.error().text());
  return *std::move(finished);
}

DistScripts shipped_scripts(const std::string& ostemplate) {
  Paths paths;
  paths.config = std::string(VZ_SOURCE_DIR) + "/etc";
  return load_dist(paths, ostemplate).value();
}

}  // namespace vz
