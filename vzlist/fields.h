#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "vzlist/containers.h"

namespace vz {

// What can be shown of a container. From this table come the columns, the JSON keys, the sort keys and -L.
// Source of names, headers, widths and formats: vzlist 4.x.
struct Field {
  std::string name;
  std::string header;
  int width = 0;
  bool left = false;  // the value stands at the left of its column
  bool header_left = false;
  // whole: all items of a list, not only the first.
  std::function<std::string(const Listed&, bool whole)> text;
  std::function<nlohmann::ordered_json(const Listed&)> json;  // none: not available there
  // Less than 0, 0, more than 0; none: sorting by it changes nothing.
  std::function<int(const Listed&, const Listed&)> compare;
};

std::span<const Field> field_table();
// nullptr if there is none.
const Field* find_field(std::string_view name);

std::string_view status_word(ListedStatus status);

}  // namespace vz
