#include "vzlist/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace vz {

void append_json(std::string_view text, std::string& out) {
  const auto plain = [](unsigned char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_json(bool value, std::string& out) {
  out += value ? "true" : "false";
}

void append_json(std::uint64_t number, std::string& out) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_json(const std::vector<std::string>& texts, std::string& out) {
  out += '[';
  for (const auto& text : texts) {
    if (&text != &texts.front()) out += ", ";
    append_json(std::string_view(text), out);
  }
  out += ']';
}

}  // namespace vz
