#pragma once

#include "libvz/core/result.h"

namespace vz {

// SIGINT and SIGTERM as a request that long work looks at, so that a transaction ends in its undos and not in
// the middle. Once caught, run() and Child waits kill what they started and come back with an error (errno
// EINTR).

// From here on the two signals print "\nCancelling..." on stderr, once, and set the request. Also ignores
// SIGPIPE.
void catch_interrupts();
bool interrupted();
// Readable once interrupted; -1 before catch_interrupts(). For poll(2). Never read from it.
int interrupt_fd();
// An error if interrupted: for loops of transactions.
Result<void> check_interrupt();

// While one lives, the request is not seen: for undos and for what must come to its end (commit phases).
class InterruptShield {
 public:
  InterruptShield();
  InterruptShield(const InterruptShield&) = delete;
  InterruptShield& operator=(const InterruptShield&) = delete;
  ~InterruptShield();
};

}  // namespace vz
