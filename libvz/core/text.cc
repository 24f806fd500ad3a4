#include "libvz/core/text.h"

#include <charconv>

namespace vz {

namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (size_t start = text.find_first_not_of(separators); start != std::string_view::npos;) {
    const size_t end = text.find_first_of(separators, start);
    parts.emplace_back(text.substr(start, end - start));
    start = text.find_first_not_of(separators, end);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<long long> parse_int(std::string_view text, int base) {
  return parse_whole<long long>(text, base);
}

std::optional<unsigned long long> parse_unsigned(std::string_view text, int base) {
  return parse_whole<unsigned long long>(text, base);
}

}  // namespace vz
