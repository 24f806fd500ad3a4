#include "libvz/storage/posix_acl.h"

#include <archive_entry.h>

#include <cstdint>
#include <optional>

namespace vz {

namespace {

constexpr std::uint64_t kVersion = 2;
constexpr size_t kHeader = 4;
constexpr size_t kEntry = 8;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (size_t at = bytes.size(); at-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[at]);
  return value;
}

std::optional<int> archive_tag(std::uint64_t tag) {
  switch (tag) {
    case 0x01:
      return ARCHIVE_ENTRY_ACL_USER_OBJ;
    case 0x02:
      return ARCHIVE_ENTRY_ACL_USER;
    case 0x04:
      return ARCHIVE_ENTRY_ACL_GROUP_OBJ;
    case 0x08:
      return ARCHIVE_ENTRY_ACL_GROUP;
    case 0x10:
      return ARCHIVE_ENTRY_ACL_MASK;
    case 0x20:
      return ARCHIVE_ENTRY_ACL_OTHER;
    default:
      return std::nullopt;
  }
}

}  // namespace

void add_acl(archive_entry* entry, std::string_view value, bool is_default) {
  if (value.size() < kHeader || (value.size() - kHeader) % kEntry != 0 ||
      little_endian(value.substr(0, kHeader)) != kVersion) {
    return;
  }
  const int type = is_default ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
  for (size_t at = kHeader; at < value.size(); at += kEntry) {
    const auto tag = archive_tag(little_endian(value.substr(at, 2)));
    if (!tag) continue;
    const bool named = *tag == ARCHIVE_ENTRY_ACL_USER || *tag == ARCHIVE_ENTRY_ACL_GROUP;
    const int id = named ? static_cast<int>(little_endian(value.substr(at + 4, 4))) : -1;
    const int permissions = static_cast<int>(little_endian(value.substr(at + 2, 2)) & 7);
    archive_entry_acl_add_entry(entry, type, permissions, *tag, id, nullptr);
  }
}

}  // namespace vz
