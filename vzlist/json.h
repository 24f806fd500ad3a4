#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vz {

// Values of JSON (RFC 8259), each appended to out. Bytes that are no UTF-8 become U+FFFD.
void append_json(std::string_view text, std::string& out);
void append_json(bool value, std::string& out);
void append_json(std::uint64_t number, std::string& out);
// On one line.
void append_json(const std::vector<std::string>& texts, std::string& out);

// null if there is none.
template <class T>
void append_json(const std::optional<T>& value, std::string& out) {
  if (value) {
    append_json(*value, out);
  } else {
    out += "null";
  }
}

// Members of an object that stands two levels deep, as vzlist lays it out.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  template <class T>
  void add(std::string_view key, const T& value) {
    out_ += empty_ ? "\n      " : ",\n      ";
    empty_ = false;
    append_json(key, out_);
    out_ += ": ";
    append_json(value, out_);
  }
  void end() { out_ += empty_ ? "}" : "\n    }"; }

 private:
  std::string& out_;
  bool empty_ = true;
};

}  // namespace vz
