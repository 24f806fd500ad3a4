#include "libvz/config/config_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "libvz/config/parameter_table.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string unescape(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') ++i;
    if (i < line.size()) out += line[i];
  }
  return out;
}

std::string_view strip(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void parse_line(std::string_view raw, unsigned number, ConfigText& out) {
  constexpr size_t kLongestKey = 511;
  std::string unescaped;
  if (raw.find('\\') != std::string_view::npos) raw = unescaped = unescape(raw);
  const std::string_view line = strip(raw);
  if (line.empty() || line.front() == '#') return;
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    out.malformed.push_back({number, "'=' not found"});
    return;
  }
  if (equals > kLongestKey) {
    out.malformed.push_back({number, "too long value"});
    return;
  }
  std::string_view value = line.substr(equals + 1);
  if (value.starts_with('"')) {
    const size_t closing = value.rfind('"');
    if (closing == 0) {
      out.malformed.push_back({number, "unmatched quotes"});
      return;
    }
    value = value.substr(1, closing - 1);
  }
  out.assignments.push_back({std::string(line.substr(0, equals)), std::string(value), number});
}

std::vector<std::string_view> to_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// As the reader sees the line, escapes undone.
bool sets_key(std::string_view line, std::string_view key) {
  std::string unescaped;
  if (line.find('\\') != std::string_view::npos) line = unescaped = unescape(line);
  const std::string_view start = strip(line);
  return start.size() > key.size() && start.starts_with(key) && start[key.size()] == '=';
}

// So that both a shell and parse_config_text() read it back. $VEID stays what it is for both.
std::string quote(std::string_view value) {
  std::string out = "\"";
  for (size_t i = 0; i < value.size(); ++i) {
    const std::string_view rest = value.substr(i);
    const bool variable = rest.starts_with("$VEID") || rest.starts_with("${VEID}");
    if (rest[0] == '\\' || rest[0] == '"' || rest[0] == '`' || (rest[0] == '$' && !variable)) out += '\\';
    out += rest[0];
  }
  return out + '"';
}

}  // namespace

ConfigText parse_config_text(std::string_view text) {
  ConfigText out;
  unsigned number = 0;
  for (const auto line : to_lines(text)) parse_line(line, ++number, out);
  return out;
}

ConfigText parse_config_text(const std::string& path, std::string_view text) {
  ConfigText parsed = parse_config_text(text);
  for (const auto& bad : parsed.malformed) {
    log_error("Warning: can't parse " + path + ":" + std::to_string(bad.line) + " (" + bad.reason +
              "), skipping");
  }
  return parsed;
}

void warn_at(const std::string& path, const Assignment& at, std::string_view what,
             std::string_view consequence) {
  log_error("Warning at " + path + ":" + std::to_string(at.line) + ": " + std::string(what) + " for " +
            at.key + " (\"" + at.value + "\"), " + std::string(consequence));
}

std::vector<Assignment> read_parameters(const std::string& path, std::string_view text, Parameters& into) {
  std::vector<Assignment> others;
  std::vector<bool> seen(parameter_table().size());
  for (auto& assignment : parse_config_text(path, text).assignments) {
    const Parameter* row = find_parameter(assignment.key);
    if (row == nullptr) {
      others.push_back(std::move(assignment));
      continue;
    }
    const auto index = static_cast<size_t>(row - parameter_table().data());
    if (row->repeat == Repeat::first_wins && seen[index]) {
      warn_at(path, assignment, "duplicate", "ignored");
      continue;
    }
    ParseContext context;
    context.truncate = true;
    const bool parsed = row->parse(assignment.value, context, into).has_value();
    for (const auto& note : context.notes) log_error(note);
    for (const auto& warning : context.warnings) log_info(warning);
    if (!parsed) {
      warn_at(path, assignment, "invalid value", "skipped");
      continue;
    }
    seen[index] = true;
    if (context.truncated) warn_at(path, assignment, "too large value", "truncated");
  }
  return others;
}

ConfigEditor::ConfigEditor(std::string_view text) {
  for (const auto line : to_lines(text)) lines_.emplace_back(line);
}

Result<void> ConfigEditor::set(std::string_view key, std::string_view value, std::string_view alias) {
  const bool control =
      std::ranges::any_of(value, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; });
  if (control) {
    return fail(ExitCode::invalid_value,
                "the value of " + std::string(key) + " must not contain a control character");
  }
  std::string line = std::string(key) + "=" + quote(value);
  const auto is_old = [&](const std::string& old) {
    return sets_key(old, key) || (!alias.empty() && sets_key(old, alias));
  };
  const auto first = std::ranges::find_if(lines_, is_old);
  if (first == lines_.end()) {
    lines_.push_back(std::move(line));
    return {};
  }
  *first = std::move(line);
  lines_.erase(std::remove_if(first + 1, lines_.end(), is_old), lines_.end());
  return {};
}

void ConfigEditor::remove(std::string_view key) {
  std::erase_if(lines_, [&](const std::string& line) { return sets_key(line, key); });
}

std::string ConfigEditor::text() const {
  std::string out;
  for (const auto& line : lines_) out += line + "\n";
  return out;
}

Result<void> write_config_file(const std::string& path, std::string_view text) {
  struct stat old {};
  const bool had_old = stat(path.c_str(), &old) == 0;
  VZ_TRY(write_file_atomically(path, text, had_old ? old.st_mode & 07777U : 0644U));
  if (!had_old) return {};
  if (chown(path.c_str(), old.st_uid, old.st_gid) < 0) return fail_errno(ExitCode::system, "chown " + path);
  if (chmod(path.c_str(), old.st_mode & 07777U) < 0) return fail_errno(ExitCode::system, "chmod " + path);
  return {};
}

}  // namespace vz
