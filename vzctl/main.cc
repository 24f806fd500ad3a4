#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "vzctl/command.h"

namespace {

// Else the first file that is opened would be taken for a standard stream.
void open_missing_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_standard_streams();
  signal(SIGPIPE, SIG_IGN);
  return vz::run_vzctl(argv[0], {argv + 1, argv + argc});
}
