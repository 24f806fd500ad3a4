#pragma once

#include <vector>

#include "vzlist/fields.h"

namespace vz {

// The fields of user beancounters: each with held, and with a suffix .m (greatest held), .b (barrier), .l
// (limit) or .f (refusals). What cgroups do not count shows as "-", in JSON as null.
std::vector<Field> ubc_fields();

}  // namespace vz
