#include "vzlist/output.h"

#include <algorithm>
#include <cerrno>

#include "vzlist/json.h"

namespace vz {

namespace {

// Blanks up to width around what stands in out from begin on.
void pad(std::string& out, size_t begin, int width, bool left) {
  const size_t size = out.size() - begin;
  if (size >= static_cast<size_t>(width)) return;
  const size_t blanks = static_cast<size_t>(width) - size;
  if (left) {
    out.append(blanks, ' ');
  } else {
    out.insert(begin, blanks, ' ');
  }
}

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

std::vector<const Field*> chosen(const ListOptions& options) {
  std::vector<const Field*> fields;
  for (const auto& name : options.fields) fields.push_back(find_field(name));
  if (!options.json || options.fields_given) return fields;
  for (const auto& field : field_table()) {
    if (field.json) fields.push_back(&field);
  }
  return fields;
}

void append_header(std::string& out, const std::vector<const Field*>& fields) {
  for (const auto* field : fields) {
    if (field != fields.front()) out += ' ';
    const size_t begin = out.size();
    out += field->header;
    pad(out, begin, field->width, field->header_left);
  }
  end_line(out);
}

void append_row(std::string& out, const Listed& container, const std::vector<const Field*>& fields,
                bool no_trim) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ' ';
    const size_t begin = out.size();
    fields[i]->text(container, no_trim || i + 1 == fields.size(), out);
    if (out.size() == begin) out += '-';
    pad(out, begin, fields[i]->width, fields[i]->left);
  }
  end_line(out);
}

// Gathers text and writes it in pieces, so that a long list does not stand in memory as a whole.
class Printer {
 public:
  explicit Printer(std::FILE* to) : to_(to) { text.reserve(2 * kPiece); }

  // Called between containers.
  void pass() {
    if (text.size() >= kPiece) write();
  }
  Result<void> finish() {
    write();
    if (std::fflush(to_) != 0 && error_ == 0) error_ = errno;
    if (error_ == 0) return {};
    return fail_errno(ExitCode::set_ubc, "Unable to write", error_);
  }

  std::string text;

 private:
  static constexpr size_t kPiece = size_t{64} << 10;

  void write() {
    if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), to_) != text.size()) error_ = errno;
    text.clear();
  }

  std::FILE* to_;
  int error_ = 0;
};

void print_table(const ListedContainers& containers, const std::vector<const Field*>& fields,
                 const ListOptions& options, Printer& printer) {
  if (!options.no_header) append_header(printer.text, fields);
  for (const auto& container : containers) {
    append_row(printer.text, *container, fields, options.no_trim);
    printer.pass();
  }
}

void print_json(const ListedContainers& containers, const std::vector<const Field*>& fields,
                Printer& printer) {
  std::vector<std::string> keys;
  for (const auto* field : fields) {
    keys.emplace_back(keys.empty() ? "    " : ",\n    ");
    append_json(std::string_view(field->name), keys.back());
    keys.back() += ": ";
  }
  printer.text += "[\n";
  for (const auto& container : containers) {
    printer.text += "  {\n";
    for (size_t i = 0; i < fields.size(); ++i) {
      printer.text += keys[i];
      fields[i]->json(*container, printer.text);
    }
    printer.text += container == containers.back() ? "\n  }\n" : "\n  },\n";
    printer.pass();
  }
  printer.text += "]\n";
}

}  // namespace

Needs needs_of(const ListOptions& options) {
  Needs needs{.name = !options.name.empty()};
  for (const auto* field : chosen(options)) needs |= field->needs;
  needs |= find_field(options.sort)->needs;
  // In JSON a beancounter comes with its limits.
  if (options.json && needs.beancounters.any()) needs.limits = true;
  return needs;
}

void sort_containers(ListedContainers& containers, const ListOptions& options) {
  std::ranges::sort(containers, {}, [](const auto& c) { return c->ctid; });
  if (const Field* field = find_field(options.sort); field->compare) {
    std::ranges::stable_sort(containers,
                             [&](const auto& a, const auto& b) { return field->compare(*a, *b) < 0; });
  }
  if (options.reverse) std::ranges::reverse(containers);
}

Result<void> print_containers(const ListedContainers& containers, const ListOptions& options, std::FILE* to) {
  Printer printer(to);
  if (options.json) {
    print_json(containers, chosen(options), printer);
  } else {
    print_table(containers, chosen(options), options, printer);
  }
  return printer.finish();
}

std::string fields_output() {
  constexpr int kWidth = 15;
  std::string out;
  for (const auto& field : field_table()) {
    size_t begin = out.size();
    out += field.name;
    pad(out, begin, kWidth, true);
    out += ' ';
    begin = out.size();
    out += field.header;
    pad(out, begin, kWidth, true);
    out += '\n';
  }
  return out;
}

}  // namespace vz
