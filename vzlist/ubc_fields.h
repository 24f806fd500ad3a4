#pragma once

#include <vector>

#include "vzlist/fields.h"

namespace vz {

// The fields of user beancounters: each with held, and with a suffix .m (greatest held), .b (barrier), .l
// (limit) or .f (refusals). What this kernel does not count shows as "-". In JSON an object of five numbers,
// as callers expect it: what is not counted is 0 there, what is not limited 9223372036854775807.
void append_ubc_fields(std::vector<Field>& table);

}  // namespace vz
