#pragma once

namespace vz {

// Opens /dev/null in place of each of descriptors 0, 1 and 2 that is closed: else the first file that a
// program opens would be taken for a standard stream.
void open_missing_standard_streams();

}  // namespace vz
