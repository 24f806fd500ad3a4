#pragma once

#include <string_view>

struct archive_entry;

namespace vz {

// Gives the entry the access control lists of the extended attributes system.posix_acl_access and
// system.posix_acl_default, which have numeric ids; the text form that GNU tar writes beside them has the
// names of the machine that made the archive. Source of the layout: linux/posix_acl_xattr.h. Foreign bytes:
// what is no such list is ignored.
void add_acl(archive_entry* entry, std::string_view attribute_value, bool is_default);

}  // namespace vz
