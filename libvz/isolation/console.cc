#include "libvz/isolation/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace vz {

namespace {

constexpr const char* kConsole = "/dev/console";
constexpr unsigned kFirstTerminal = 0;

Result<unsigned> terminal_number(int master) {
  unsigned number = 0;
  if (ioctl(master, TIOCGPTN, &number) < 0) return fail_errno(ExitCode::environment_create, "TIOCGPTN");
  return number;
}

}  // namespace

Result<Fd> make_console() {
  Fd master(open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return fail_errno(ExitCode::environment_create, "open /dev/pts/ptmx");
  int unlocked = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlocked) < 0)
    return fail_errno(ExitCode::environment_create, "TIOCSPTLCK");
  VZ_ASSIGN(const unsigned number, terminal_number(master.get()));
  const std::string slave = "/dev/pts/" + std::to_string(number);
  (void)umount2(kConsole, MNT_DETACH | UMOUNT_NOFOLLOW);
  {
    const Fd point(open(kConsole, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600));
    if (!point) return fail_errno(ExitCode::environment_create, std::string("open ") + kConsole);
  }
  if (mount(slave.c_str(), kConsole, nullptr, MS_BIND, nullptr) < 0)
    return fail_errno(ExitCode::environment_create, "mount " + slave + " on " + kConsole);
  return master;
}

bool is_console_master(int fd) {
  const auto number = terminal_number(fd);
  return number && *number == kFirstTerminal;
}

}  // namespace vz
