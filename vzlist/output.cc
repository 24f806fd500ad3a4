#include "vzlist/output.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vz {

namespace {

using Json = nlohmann::ordered_json;

std::string padded(const std::string& text, int width, bool left) {
  const auto size = static_cast<size_t>(width);
  if (text.size() >= size) return text;
  const std::string blanks(size - text.size(), ' ');
  return left ? text + blanks : blanks + text;
}

void end_line(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
  line += '\n';
}

std::vector<const Field*> chosen(const ListOptions& options) {
  std::vector<const Field*> fields;
  for (const auto& name : options.fields) fields.push_back(find_field(name));
  return fields;
}

std::string header(const std::vector<const Field*>& fields) {
  std::string line;
  for (const auto* field : fields) {
    if (!line.empty()) line += ' ';
    line += padded(field->header, field->width, field->header_left);
  }
  end_line(line);
  return line;
}

std::string row(const Listed& container, const std::vector<const Field*>& fields, bool no_trim) {
  std::string line;
  for (const auto* field : fields) {
    if (field != fields.front()) line += ' ';
    const bool whole = no_trim || field == fields.back();
    line += padded(field->text(container, whole), field->width, field->left);
  }
  end_line(line);
  return line;
}

// Numbers with a fraction are times in seconds, to the millisecond.
std::string scalar(const Json& value) {
  if (!value.is_number_float()) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value.get<double>());
  return text.data();
}

std::string array_text(const Json& array) {
  std::string text;
  for (const auto& item : array) text += (text.empty() ? "" : ", ") + scalar(item);
  return "[" + text + "]";
}

std::string object_text(const Json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) {
    text += (text.empty() ? "" : ",\n") + std::string("      ") + Json(key).dump() + ": " + scalar(value);
  }
  return "{\n" + text + "\n    }";
}

std::string value_text(const Json& value) {
  if (value.is_object()) return object_text(value);
  if (value.is_array()) return array_text(value);
  return scalar(value);
}

std::string container_json(const Listed& container, const std::vector<const Field*>& fields) {
  std::string text;
  for (const auto* field : fields) {
    text += (text.empty() ? "" : ",\n") + std::string("    ") + Json(field->name).dump() + ": " +
            value_text(field->json(container));
  }
  return "  {\n" + text + "\n  }";
}

}  // namespace

void sort_containers(std::vector<Listed>& containers, const ListOptions& options) {
  std::ranges::sort(containers, {}, [](const Listed& c) { return c.config.ctid; });
  const Field* field = find_field(options.sort);
  if (field->compare) {
    std::ranges::stable_sort(containers,
                             [&](const Listed& a, const Listed& b) { return field->compare(a, b) < 0; });
  }
  if (options.reverse) std::ranges::reverse(containers);
}

std::string text_output(const std::vector<Listed>& containers, const ListOptions& options) {
  const auto fields = chosen(options);
  std::string text = options.no_header ? "" : header(fields);
  for (const auto& container : containers) text += row(container, fields, options.no_trim);
  return text;
}

std::string json_output(const std::vector<Listed>& containers, const ListOptions& options) {
  std::vector<const Field*> fields = chosen(options);
  if (!options.fields_given) {
    for (const auto& field : field_table()) {
      if (field.json) fields.push_back(&field);
    }
  }
  std::string text = "[\n";
  for (const auto& container : containers) {
    text += container_json(container, fields) + (&container == &containers.back() ? "\n" : ",\n");
  }
  return text + "]\n";
}

std::string fields_output() {
  std::string text;
  for (const auto& field : field_table()) {
    std::string line = padded(field.name, 15, true) + " " + padded(field.header, 15, true);
    text += line + "\n";
  }
  return text;
}

}  // namespace vz
