#include "libvz/core/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace vz {

void open_missing_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);
  }
}

}  // namespace vz
