#include "vzmigrate/dump_transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "libvz/core/file.h"
#include "libvz/storage/progress.h"

namespace vz {

namespace {

constexpr size_t kPiece = 1U << 20;

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() < 256 && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

}  // namespace

Result<std::uint64_t> send_dump(MessageStream& stream, const std::string& directory, bool keep) {
  VZ_ASSIGN(const auto names, list_directory(directory));
  std::uint64_t total = 0;
  for (const auto& name : names) {
    struct stat status;
    if (stat((directory + "/" + name).c_str(), &status) == 0)
      total += static_cast<std::uint64_t>(status.st_size);
  }
  Progress progress("Dump");
  std::uint64_t sent = 0;
  for (const auto& name : names) {
    VZ_ASSIGN(const Fd file, open_file(directory + "/" + name, O_RDONLY | O_NOFOLLOW));
    struct stat status;
    if (fstat(file.get(), &status) < 0) return fail_errno(ExitCode::system, "stat " + name);
    protocol::Message begin;
    begin.mutable_file_begin()->set_name(name);
    begin.mutable_file_begin()->set_size(static_cast<std::uint64_t>(status.st_size));
    VZ_TRY(stream.send(begin));
    protocol::Message piece;
    std::string& buffer = *piece.mutable_file_data()->mutable_data();
    for (auto left = static_cast<std::uint64_t>(status.st_size); left > 0;) {
      buffer.resize(left < kPiece ? static_cast<size_t>(left) : kPiece);
      const ssize_t got = read(file.get(), buffer.data(), buffer.size());
      if (got <= 0) return fail_errno(ExitCode::system, "read " + directory + "/" + name);
      buffer.resize(static_cast<size_t>(got));
      VZ_TRY(stream.send(piece));
      left -= static_cast<std::uint64_t>(got);
      sent += static_cast<std::uint64_t>(got);
      progress.update(sent, total);
    }
  }
  protocol::Message end;
  end.mutable_dump_end()->set_keep(keep);
  VZ_TRY(stream.send(end));
  return sent;
}

Result<DumpReceiver> DumpReceiver::create(const std::string& directory) {
  VZ_TRY(remove_tree(directory));
  VZ_TRY(make_directories(directory.substr(0, directory.rfind('/')), 0700));
  if (mkdir(directory.c_str(), 0700) < 0) return fail_errno(ExitCode::system, "mkdir " + directory);
  DumpReceiver receiver;
  VZ_ASSIGN(receiver.directory_, open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return receiver;
}

Result<void> DumpReceiver::begin(const protocol::FileBegin& file) {
  VZ_TRY(end());
  if (!is_plain_name(file.name()))
    return migrate_failure(MigrateCode::copy_failed, "bad file name in the dump");
  name_ = file.name();
  expected_ = file.size();
  file_ =
      Fd(openat(directory_.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return fail_errno(static_cast<ExitCode>(MigrateCode::copy_failed), "create " + name_);
  return {};
}

Result<void> DumpReceiver::data(const protocol::FileData& data) {
  if (!file_ || data.data().size() > expected_) {
    return migrate_failure(MigrateCode::copy_failed, "the dump's files do not fit what was announced");
  }
  expected_ -= data.data().size();
  auto written = write_all(file_.get(), data.data());
  if (!written) return migrate_failure(MigrateCode::copy_failed, std::move(written));
  return {};
}

Result<void> DumpReceiver::end() {
  if (expected_ != 0)
    return migrate_failure(MigrateCode::copy_failed, "the file " + name_ + " of the dump is cut off");
  file_.reset();
  return {};
}

}  // namespace vz
