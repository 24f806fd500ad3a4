#pragma once

#include <string>

#include "libvz/core/result.h"

namespace vz {

// Has the key made this detached signature of the file? key: the fingerprint, or the last 16 digits of it, of
// a public key in root's keyring; or the path of a file with public keys, any of which will do. The key may
// be a subkey or the primary key that it belongs to. A key that has expired or was revoked does not count.
Result<void> verify_signature(const std::string& file, const std::string& signature, const std::string& key);

}  // namespace vz
