#pragma once

#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// An open file that has lost its name but has another one somewhere gets a helper name from CRIU
// ("link_remap.N"), by which a restore finds it. CRIU takes these names away at the end of a dump after which
// the container is to live; but while it stands still we do not know yet whether it will, so they are kept
// until then.

// From inside the dump, when the images are written: a second name for each helper name that lies on the
// container's root. Returns the helper names, relative to root.
Result<std::vector<std::string>> hold_link_names(const std::string& images, const std::string& root);
// After the dump: each gets its name again.
Result<void> give_back_link_names(const std::string& root, const std::vector<std::string>& names);
// When the container goes on, or the dump has failed: all go. What is not there is fine.
Result<void> remove_link_names(const std::string& root, const std::vector<std::string>& names);

// A file that lists them, so that they are found when the container goes on.
Result<void> note_link_names(const std::string& file, const std::vector<std::string>& names);
// remove_link_names() of those in the file, which goes too. No file: fine.
Result<void> remove_noted_link_names(const std::string& file, const std::string& root);

// The helper names that the images speak of, relative to the container's root. Images may come from anywhere:
// what cannot be read is an error.
Result<std::vector<std::string>> link_names_in(const std::string& images);

}  // namespace vz
