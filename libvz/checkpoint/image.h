#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libvz/core/result.h"

namespace vz {

// An image of CRIU's: two 32 bit magic numbers and then, again and again, a 32 bit length and a message
// (criu_images.proto). Images may come from anywhere: what cannot be read is an error.

// Calls take with each message, which returns false for one that it cannot read. No image: none.
Result<void> read_image(const std::string& path, const std::function<bool(std::string_view)>& take);

// Replaces messages: change is called with each and returns true if it has changed it. Without a change the
// file stays as it is.
Result<void> change_image(const std::string& path, const std::function<bool(std::string&)>& change);

}  // namespace vz
