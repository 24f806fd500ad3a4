#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "vzlist/containers.h"

namespace vz {

// What can be shown of a container. From this table come the columns, the JSON keys, the sort keys and -L.
// Source of names, headers, widths and formats: vzlist 4.x; those after capability: vzlist 7.
struct Field {
  std::string name;
  std::string header;
  int width = 0;
  bool left = false;  // the value stands at the left of its column
  bool header_left = false;
  Needs needs{};
  // Appends the value, or nothing if there is none to show. whole: all items of a list, not only the first.
  std::function<void(const Listed&, bool whole, std::string& out)> text{};
  std::function<void(const Listed&, std::string& out)> json{};  // none: not available there
  // Less than 0, 0, more than 0; none: sorting by it changes nothing.
  std::function<int(const Listed&, const Listed&)> compare{};
};

std::span<const Field> field_table();
// nullptr if there is none.
const Field* find_field(std::string_view name);

std::string_view status_word(ListedStatus status);

}  // namespace vz
