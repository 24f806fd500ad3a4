#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vzlist/fields.h"
#include "vzlist/json.h"

namespace vz {

// The kinds of fields that the table is made of. get is a function that takes a container to its value; one
// that is not set shows as a minus, in JSON as null, and sorts first.

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class Get>
auto comparing(Get get) {
  return [get](const Listed& a, const Listed& b) { return order(get(a), get(b)); };
}

inline void append_number(std::uint64_t number, std::string& out) {
  append_json(number, out);
}

// A number; get: optional<unsigned>, optional<uint64_t> or a plain one.
template <class Get>
Field number_field(std::string name, std::string header, int width, Get get) {
  const auto value = [get](const Listed& c) -> std::optional<std::uint64_t> { return get(c); };
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .text =
              [value](const Listed& c, bool, std::string& out) {
                if (const auto number = value(c)) append_number(*number, out);
              },
          .json = [value](const Listed& c, std::string& out) { append_json(value(c), out); },
          .compare = comparing(value)};
}

// A number that is 0 in JSON where it is not set. zero_shown: in the table 0 is shown, too.
template <class Get>
Field count_field(std::string name, std::string header, int width, bool zero_shown, Get get) {
  Field field = number_field(std::move(name), std::move(header), width, get);
  field.text = [get, zero_shown](const Listed& c, bool, std::string& out) {
    const std::optional<std::uint64_t> number = get(c);
    if (number && (zero_shown || *number != 0)) append_number(*number, out);
  };
  field.json = [get](const Listed& c, std::string& out) {
    const std::optional<std::uint64_t> number = get(c);
    append_json(number.value_or(0), out);
  };
  return field;
}

// get: optional<string>, or a string; an empty one is as good as none.
template <class Get>
Field text_field(std::string name, std::string header, int width, Get get) {
  const auto value = [get](const Listed& c) -> std::string {
    if constexpr (std::is_convertible_v<decltype(get(c)), std::string>) {
      return get(c);
    } else {
      return get(c).value_or("");
    }
  };
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .left = true,
          .header_left = true,
          .text = [value](const Listed& c, bool, std::string& out) { out += value(c); },
          .json =
              [value](const Listed& c, std::string& out) {
                const std::string text = value(c);
                append_json(text.empty() ? std::nullopt : std::optional<std::string_view>(text), out);
              },
          .compare = comparing(value)};
}

// get: vector<string>.
template <class Get>
Field list_field(std::string name, std::string header, Get get) {
  constexpr int kWidth = 15;
  return {.name = std::move(name),
          .header = std::move(header),
          .width = kWidth,
          .left = true,
          .header_left = true,
          .text =
              [get](const Listed& c, bool whole, std::string& out) {
                const std::vector<std::string> items = get(c);
                for (const auto& item : items) {
                  if (&item != &items.front()) out += ' ';
                  out += item;
                  if (!whole) return;
                }
              },
          .json = [get](const Listed& c, std::string& out) { append_json(get(c), out); },
          .compare = comparing(get)};
}

// get: optional<bool>. Such fields do not sort.
template <class Get>
Field yes_no_field(std::string name, std::string header, int width, Get get) {
  return {.name = std::move(name),
          .header = std::move(header),
          .width = width,
          .text =
              [get](const Listed& c, bool, std::string& out) {
                const std::optional<bool> value = get(c);
                if (value) out += *value ? "yes" : "no";
              },
          .json =
              [get](const Listed& c, std::string& out) {
                const std::optional<bool> value = get(c);
                append_json(value, out);
              },
          .compare = {}};
}

// get: optional<map<K, bool>>; name_of: K to its name. Such fields do not sort.
template <class Get, class NameOf>
Field switches_field(std::string name, std::string header, Get get, NameOf name_of) {
  constexpr int kWidth = 15;
  return {.name = std::move(name),
          .header = std::move(header),
          .width = kWidth,
          .left = true,
          .header_left = true,
          .text =
              [get, name_of](const Listed& c, bool, std::string& out) {
                const auto switches = get(c);
                if (!switches) return;
                bool first = true;
                for (const auto& [key, on] : *switches) {
                  if (!first) out += ',';
                  first = false;
                  out += std::string(name_of(key)) + (on ? ":on" : ":off");
                }
              },
          .json =
              [get, name_of](const Listed& c, std::string& out) {
                const auto switches = get(c);
                if (!switches || switches->empty()) {
                  out += "null";
                  return;
                }
                JsonObject object(out);
                for (const auto& [key, on] : *switches) object.add(name_of(key), on);
                object.end();
              },
          .compare = {}};
}

// A member of Parameters.
template <auto Member>
auto configured() {
  return [](const Listed& c) -> const auto& {
    return c.parameters.*Member;
  };
}

}  // namespace vz
