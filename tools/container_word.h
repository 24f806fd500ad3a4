#pragma once

#include <optional>
#include <string>

#include "libvz/core/option_parser.h"
#include "libvz/core/paths.h"

namespace vz {

// A container's number or name on a command line; 0 is the host. Otherwise "Bad CT ID <word>".
Result<Ctid> container_of_word(const std::string& word);

// -E, --veid of ps and top: only processes of this container.
Option veid_option(std::optional<Ctid>& into);

}  // namespace vz
