#include "libvz/network/gate.h"

#include <cerrno>

#include "libvz/network/filter.h"
#include "libvz/network/names.h"
#include "libvz/network/nft_set.h"

namespace vz {

namespace {

constexpr const char* kSet = "gate";

// A venet is never a port of a bridge.
std::vector<FilterFamily> families(const std::string& name) {
  if (name.starts_with("venet") && is_host_end_name(name)) return {FilterFamily::inet};
  return {FilterFamily::inet, FilterFamily::bridge};
}

Result<void> check_names(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (!is_valid_interface_name(name)) return fail(ExitCode::netdev, "bad interface name '" + name + "'");
  }
  return {};
}

Result<void> close_one(FilterFamily family, const std::string& name) {
  auto added = add_to_set(family, kSet, name);
  if (added || added.error().errno_value() != ENOENT) return added;
  VZ_TRY(apply_filter({family}, ""));
  return add_to_set(family, kSet, name);
}

}  // namespace

Result<void> close_gate(const std::vector<std::string>& host_ifnames) {
  VZ_TRY(check_names(host_ifnames));
  for (const auto& name : host_ifnames) {
    for (const FilterFamily family : families(name)) {
      auto closed = close_one(family, name);
      if (!closed) return fail(std::move(closed), "stop the container's traffic");
    }
  }
  return {};
}

Result<void> open_gate(const std::vector<std::string>& host_ifnames) {
  VZ_TRY(check_names(host_ifnames));
  for (const auto& name : host_ifnames) {
    for (const FilterFamily family : families(name)) {
      auto opened = remove_from_set(family, kSet, name);
      if (!opened) return fail(std::move(opened), "let the container's traffic pass");
    }
  }
  return {};
}

}  // namespace vz
