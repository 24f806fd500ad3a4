#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// The whole disks below a file or directory, as "major:minor" of the kernel's throttling: for a file on a
// partition its disk, for btrfs each of its disks, for an overlay those of its upper directory. Sorted. None:
// the file system is on no block device (tmpfs, NFS). Errors: it cannot be looked at.
Result<std::vector<std::string>> block_devices_below(const std::string& path);

// True if the disk has an I/O scheduler that gives groups their weight: bfq, or the cost model of io.cost.
bool does_io_weights(const std::string& device);

}  // namespace vz
