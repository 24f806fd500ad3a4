#pragma once

#include <sys/types.h>

// The container's /run/vz/user_beancounters: what it uses, for its programs to read. Whoever opens it waits
// until it tells the present; without a vzmonitor, or where the kernel cannot (fanotify(7) with permission
// events), it tells what was last written.
class UsageFile {
 public:
  // Watches the file of the container with this init; none if it has no such file.
  UsageFile(pid_t init, const char* vzctl, const char* ctid);
  UsageFile(const UsageFile&) = delete;
  UsageFile& operator=(const UsageFile&) = delete;
  ~UsageFile();

  // Readable when somebody opens it; -1: never.
  int fd() const { return events_; }
  // Has vzctl write the present into it, at most once a second, and lets them go on.
  void answer();

 private:
  void refresh(int file) const;

  int events_ = -1;
  const char* vzctl_;
  const char* ctid_;
  long last_ = -1000;
};
