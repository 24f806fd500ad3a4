#pragma once

#include <string>

#include "libvz/core/result.h"
#include "libvz/network/filter.h"

namespace vz {

// One element of a set of interface names in the table "vz" of a family, added or removed by one nf_tables
// transaction over netlink, without starting nft. There already, or not there: fine, also when the table or
// the set is missing and the element is to be removed. Adding to a missing table or set: an error with errno
// ENOENT. Code netdev.
//
// The socket is opened once and stays open until the process ends: after a removal the kernel makes the close
// wait (10 to 20 ms) until the removed is destroyed, while the rules have changed long before.
Result<void> add_to_set(FilterFamily family, const std::string& set, const std::string& ifname);
Result<void> remove_from_set(FilterFamily family, const std::string& set, const std::string& ifname);

// The whole transaction, for tests: batch begin, message, batch end.
std::string set_transaction(FilterFamily family, const std::string& set, const std::string& ifname, bool add);

}  // namespace vz
