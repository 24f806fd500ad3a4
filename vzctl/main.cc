#include <signal.h>

#include "libvz/core/standard_streams.h"
#include "vzctl/command.h"

int main(int argc, char** argv) {
  vz::open_missing_standard_streams();
  signal(SIGPIPE, SIG_IGN);
  return vz::run_vzctl(argv[0], {argv + 1, argv + argc});
}
