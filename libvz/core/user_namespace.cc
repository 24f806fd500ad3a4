#include "libvz/core/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <string>

#include "libvz/core/file.h"
#include "libvz/core/process.h"

namespace vz {

Result<void> write_id_maps(pid_t pid, const IdMaps& maps) {
  const std::string process = "/proc/" + std::to_string(pid);
  const auto map = [&](unsigned base) {
    return "0 " + std::to_string(base) + " " + std::to_string(maps.count) + "\n";
  };
  VZ_TRY(write_knob(process + "/uid_map", map(maps.uid_base)));
  return write_knob(process + "/gid_map", map(maps.gid_base));
}

Result<Fd> make_user_namespace(const IdMaps& maps) {
  VZ_ASSIGN(Pipe report, make_pipe());
  VZ_ASSIGN(const Child holder, fork_child([&] {
              report.read.reset();
              const bool made = unshare(CLONE_NEWUSER) == 0;
              (void)send_result(report.write.get(),
                                made ? Result<void>{} : fail_errno(ExitCode::system, "unshare"));
              report.write.reset();
              if (made) pause();
              return 1;
            }));
  report.write.reset();
  VZ_TRY(receive_result(report.read.get(), "the holder of the user namespace"));
  VZ_TRY(write_id_maps(holder.pid(), maps));
  return open_file("/proc/" + std::to_string(holder.pid()) + "/ns/user", O_RDONLY);
}

}  // namespace vz
