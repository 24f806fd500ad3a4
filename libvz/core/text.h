#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vz {

// Tokens between any of the separators; empty ones are left out.
std::vector<std::string> split(std::string_view text, std::string_view separators);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

// The whole text as a number of this base; nothing otherwise (also on overflow).
std::optional<long long> parse_int(std::string_view text, int base = 10);
std::optional<unsigned long long> parse_unsigned(std::string_view text, int base = 10);

}  // namespace vz
