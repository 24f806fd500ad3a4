#include "libvz/storage/template.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/storage/posix_acl.h"

namespace vz {

namespace {

constexpr std::string_view kAclAttribute = "system.posix_acl_";
constexpr std::array kSuffixes = {".tar.zst", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"};

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
using Reader = std::unique_ptr<archive, FreeReader>;
using Writer = std::unique_ptr<archive, FreeWriter>;

std::unexpected<Error> archive_error(archive* from, const std::string& doing) {
  const char* text = archive_error_string(from);
  const int error = archive_errno(from);
  const std::string reason = doing + ": " + (text != nullptr ? text : "damaged archive");
  // libarchive does not always say that it is this.
  if (error == ENOSPC || error == EDQUOT) return fail_errno(ExitCode::no_disk_space, reason, error);
  return fail(ExitCode::new_private, reason);
}

// Whether a name in the archive keeps to the target by its own text.
Result<void> check_name(std::string_view name) {
  if (name.empty()) return fail(ExitCode::new_private, "an entry without name");
  if (name.front() == '/') return fail(ExitCode::new_private, std::string(name) + ": absolute name");
  for (const auto& part : split(name, "/")) {
    if (part == "..") return fail(ExitCode::new_private, std::string(name) + ": name with ..");
  }
  return {};
}

// Whether what is there already of the name's directories are directories and no symbolic links.
Result<void> check_parents(int root, const std::string& name) {
  std::string parent = name;
  while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
  const size_t slash = parent.rfind('/');
  if (slash == std::string::npos) return {};
  parent.resize(slash);
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const Fd fd(
      static_cast<int>(syscall(SYS_openat2, root, parent.empty() ? "." : parent.c_str(), &how, sizeof how)));
  if (fd || errno == ENOENT) return {};
  if (errno == ELOOP || errno == EXDEV || errno == ENOTDIR) {
    return fail(ExitCode::new_private, name + ": leads through a symbolic link or a file");
  }
  return fail_errno(ExitCode::system, name);
}

bool is_harmless_device(archive_entry* entry) {
  if (archive_entry_filetype(entry) != AE_IFCHR) return false;
  const dev_t device = archive_entry_rdev(entry);
  if (major(device) == 5) return minor(device) == 0;
  constexpr std::array<unsigned, 5> kMemoryDevices = {3, 5, 7, 8, 9};
  return major(device) == 1 && std::ranges::count(kMemoryDevices, minor(device)) != 0;
}

bool is_wanted_attribute(std::string_view name) {
  return name.starts_with("user.") || name == "security.capability";
}

void set_wanted_attributes(archive_entry* entry) {
  std::vector<std::pair<std::string, std::string>> attributes;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    attributes.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  archive_entry_xattr_clear(entry);
  const auto is_acl = [](const auto& attribute) { return attribute.first.starts_with(kAclAttribute); };
  if (std::ranges::any_of(attributes, is_acl)) archive_entry_acl_clear(entry);
  for (const auto& attribute : attributes) {
    const auto& [key, content] = attribute;
    if (is_acl(attribute)) add_acl(entry, content, key.ends_with("default"));
    if (is_wanted_attribute(key)) {
      archive_entry_xattr_add_entry(entry, key.c_str(), content.data(), content.size());
    }
  }
}

// False: the entry is to be left out.
Result<bool> vet(int root, archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) return fail(ExitCode::new_private, "a name that cannot be read");
  VZ_TRY(check_name(name));
  VZ_TRY(check_parents(root, name));
  if (const char* link = archive_entry_hardlink(entry)) {
    VZ_TRY(check_name(link));
    VZ_TRY(check_parents(root, link));
    // Its data would be written into whatever the link leads to.
    archive_entry_unset_size(entry);
    return true;
  }
  set_wanted_attributes(entry);
  const auto type = archive_entry_filetype(entry);
  return (type != AE_IFCHR && type != AE_IFBLK) || is_harmless_device(entry);
}

Result<void> copy_data(archive* reader, archive* writer, const std::string& name) {
  const void* block = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int got = archive_read_data_block(reader, &block, &size, &offset);
    if (got == ARCHIVE_EOF) return {};
    if (got < ARCHIVE_WARN) return archive_error(reader, "read " + name);
    if (archive_write_data_block(writer, block, size, offset) < ARCHIVE_WARN) {
      return archive_error(writer, "write " + name);
    }
  }
}

Result<Reader> open_reader(int fd) {
  Reader reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  if (archive_read_open_fd(reader.get(), fd, size_t{256} << 10) != ARCHIVE_OK) {
    return archive_error(reader.get(), "open the archive");
  }
  return reader;
}

Writer make_writer() {
  Writer writer(archive_write_disk_new());
  archive_write_disk_set_options(
      writer.get(), ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                        ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_UNLINK |
                        ARCHIVE_EXTRACT_SPARSE | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                        ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
  return writer;
}

Result<void> unpack(int archive_fd, int root, std::uint64_t archive_size, const ProgressFn& progress) {
  VZ_ASSIGN(const Reader reader, open_reader(archive_fd));
  const Writer writer = make_writer();
  archive_entry* entry = nullptr;
  bool any = false;
  for (;;) {
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) break;
    if (got < ARCHIVE_WARN) return archive_error(reader.get(), "read the archive");
    any = true;
    VZ_ASSIGN(const bool wanted, vet(root, entry));
    if (!wanted) continue;
    const std::string name = archive_entry_pathname(entry);
    if (archive_write_header(writer.get(), entry) < ARCHIVE_WARN) return archive_error(writer.get(), name);
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0) {
      VZ_TRY(copy_data(reader.get(), writer.get(), name));
    }
    if (archive_write_finish_entry(writer.get()) < ARCHIVE_WARN) return archive_error(writer.get(), name);
    if (progress) progress(static_cast<std::uint64_t>(archive_filter_bytes(reader.get(), -1)), archive_size);
  }
  if (!any) return fail(ExitCode::new_private, "the archive is empty");
  // Times and modes of directories are set here.
  if (archive_write_close(writer.get()) < ARCHIVE_WARN)
    return archive_error(writer.get(), "finish unpacking");
  if (progress) progress(archive_size, archive_size);
  return {};
}

Result<std::uint64_t> size_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) < 0) return fail_errno(ExitCode::new_private, path);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> check_space(const std::string& archive, const std::string& directory) {
  VZ_ASSIGN(const std::uint64_t needed, estimate_unpacked_size(archive));
  struct statvfs space {};
  if (statvfs(directory.c_str(), &space) < 0) return fail_errno(ExitCode::system, directory);
  const std::uint64_t available = std::uint64_t{space.f_bavail} * space.f_frsize;
  if (available >= needed) return {};
  return fail(ExitCode::no_disk_space, "vps-create ERROR: Insufficient disk space in " + directory +
                                           "; available: " + std::to_string(available >> 10) +
                                           ", needed: " + std::to_string(needed >> 10));
}

}  // namespace

Result<std::string> find_template(const Paths& paths, const std::string& name) {
  const std::string stem = paths.template_cache() + "/" + name;
  for (const char* suffix : kSuffixes) {
    log_info("Looking for " + stem + suffix, 1);
    if (exists(stem + suffix)) return stem + suffix;
  }
  return fail(ExitCode::ostemplate_not_found,
              "Cached OS template " + stem + ".tar[.zst|.gz|.bz2|.xz] not found");
}

Result<std::uint64_t> estimate_unpacked_size(const std::string& archive) {
  VZ_ASSIGN(const Fd fd, open_file(archive, O_RDONLY));
  VZ_ASSIGN(const std::uint64_t size, size_of(archive));
  char magic[4] = {};
  if (read(fd.get(), magic, sizeof magic) < 0) return fail_errno(ExitCode::new_private, archive);
  const std::string_view start(magic, sizeof magic);
  if (start.starts_with("\x1f\x8b")) return size * 3;
  if (start.starts_with("BZ")) return size * 3;
  if (start.starts_with("\x28\xb5\x2f\xfd")) return size * 7 / 2;
  if (start.starts_with("\xfd"
                        "7zX"))
    return size * 9 / 2;
  return size;
}

Result<void> unpack_template(const std::string& archive, const std::string& target_directory,
                             const ProgressFn& progress) {
  VZ_TRY(check_space(archive, target_directory));
  VZ_ASSIGN(const std::uint64_t size, size_of(archive));
  VZ_ASSIGN(const Fd archive_fd, open_file(archive, O_RDONLY));
  auto unpacked = run_in_child("unpacking", [&]() -> Result<void> {
    // Names in a tar archive are bytes; in a UTF-8 locale libarchive hands them on as they are.
    setlocale(LC_CTYPE, "C.UTF-8");
    umask(0);
    if (chroot(target_directory.c_str()) < 0 || chdir("/") < 0) {
      return fail_errno(ExitCode::system, "enter " + target_directory);
    }
    VZ_ASSIGN(const Fd root, open_file("/", O_PATH | O_DIRECTORY));
    return unpack(archive_fd.get(), root.get(), size, progress);
  });
  if (!unpacked) return fail(std::move(unpacked), "vps-create ERROR: Unpack " + archive + " failed");
  return {};
}

}  // namespace vz
