#include "tools/vzboot/marks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/config/container_id.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::string directory_of(const Paths& paths) {
  return paths.state + "/vzreboot";
}

std::string in_use_file(const Paths& paths) {
  return paths.run + "/boot-unfinished";
}

}  // namespace

std::set<Ctid> marked_containers(const Paths& paths) {
  std::set<Ctid> ctids;
  for (const auto& name : list_directory(directory_of(paths)).value_or(std::vector<std::string>{})) {
    const auto id = parse_unsigned(name);
    if (id && *id > 0 && *id <= kLargestCtid) ctids.insert(static_cast<Ctid>(*id));
  }
  return ctids;
}

Result<void> mark_containers(const Paths& paths, const std::vector<Ctid>& ctids) {
  const std::string directory = directory_of(paths);
  VZ_TRY(make_directories(directory));
  for (const Ctid ctid : ctids) {
    VZ_TRY(open_file(directory + "/" + std::to_string(ctid), O_WRONLY | O_CREAT | O_NOFOLLOW, 0644));
  }
  VZ_ASSIGN(const Fd fd, open_file(directory, O_RDONLY | O_DIRECTORY));
  if (fsync(fd.get()) < 0) return fail_errno(ExitCode::system, "fsync " + directory);
  return {};
}

Result<void> unmark_container(const Paths& paths, Ctid ctid) {
  const std::string file = directory_of(paths) + "/" + std::to_string(ctid);
  if (unlink(file.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + file);
  return {};
}

bool marks_are_in_use(const Paths& paths) {
  return exists(in_use_file(paths));
}

Result<void> begin_using_marks(const Paths& paths) {
  VZ_TRY(make_directories(paths.run));
  return write_file_atomically(in_use_file(paths), "");
}

void end_using_marks(const Paths& paths) {
  unlink(in_use_file(paths).c_str());
}

}  // namespace vz
