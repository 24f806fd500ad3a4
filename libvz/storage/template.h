#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libvz/core/paths.h"
#include "libvz/core/result.h"
#include "libvz/storage/progress.h"

namespace vz {

// The archive of an OS template in the cache: NAME.tar.zst, .tar, .tar.gz, .tar.bz2, .tar.xz, the first that
// is there. NAME may have directories in it. None: an error with code ostemplate_not_found.
Result<std::string> find_template(const Paths& paths, const std::string& name);

// Unpacks a tar archive, however compressed, into an existing directory: owners by number, modes, times, hard
// links, sparse files as holes, POSIX ACLs, the extended attributes user.* and security.capability.
//
// The archive is untrusted. It is read and written in a child process whose root directory is the target, so
// nothing outside can be reached; beyond that, an absolute name, a name with "..", and a name or hard link
// that leads through a symbolic link end the work with code new_private. Of device nodes only null, zero,
// full, random, urandom and tty are made; the others are left out, since a hard link with data could write
// through them.
//
// Before anything is written, the space is checked against an estimate (code no_disk_space). After an error
// what was unpacked so far stays; the caller removes the directory. progress may be empty; it is called in
// the child, in bytes of the archive, so the caller does not see what it changes (a Progress works).
Result<void> unpack_template(const std::string& archive, const std::string& target_directory,
                             const ProgressFn& progress);

// The estimate: the archive's size times what its kind of compression usually gains, by the magic bytes.
Result<std::uint64_t> estimate_unpacked_size(const std::string& archive);

}  // namespace vz
