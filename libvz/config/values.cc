#include "libvz/config/values.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "libvz/core/text.h"

namespace vz {

namespace {

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  return fail(ExitCode::invalid_value, std::string(what) + ": " + std::string(text));
}

std::uint64_t page_size() {
  static const auto size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// Bytes in one unit of this suffix; 0 if it is none.
std::uint64_t suffix_factor(char suffix) {
  switch (suffix) {
    case 'T':
    case 't':
      return std::uint64_t{1} << 40;
    case 'G':
    case 'g':
      return std::uint64_t{1} << 30;
    case 'M':
    case 'm':
      return std::uint64_t{1} << 20;
    case 'K':
    case 'k':
      return std::uint64_t{1} << 10;
    case 'P':
    case 'p':
      return page_size();
    case 'B':
    case 'b':
      return 1;
    default:
      return 0;
  }
}

struct Magnitude {
  long double number = 0;
  std::uint64_t factor = 0;  // 0: no suffix
  bool too_large = false;
};

// Negative numbers are too large: they always wrapped around.
Result<Magnitude> parse_magnitude(std::string_view text) {
  Magnitude out;
  std::string digits(text);
  if (!digits.empty()) out.factor = suffix_factor(digits.back());
  if (out.factor != 0) digits.pop_back();
  const bool negative = digits.starts_with('-');
  const size_t first = negative ? 1 : 0;
  if (digits.size() == first || digits.find_first_not_of("0123456789.", first) != std::string::npos ||
      std::ranges::count(digits, '.') > 1 || digits[first] == '.') {
    return bad("not a number", text);
  }
  out.number = std::strtold(digits.c_str() + first, nullptr);
  constexpr long double kLargestReadable = 18446744073709551615.0L;
  if (out.number > kLargestReadable) return bad("number out of range", text);
  out.too_large = negative && out.number > 0;
  return out;
}

Result<std::uint64_t> fit(long double number, bool too_large, std::string_view text, ParseContext& context) {
  constexpr auto kLargest = static_cast<long double>(kUnlimited);
  if (!too_large && number <= kLargest) return static_cast<std::uint64_t>(number);
  if (!context.truncate) return bad("number too large", text);
  context.truncated = true;
  return kUnlimited;
}

Result<std::vector<std::string>> words_or_inherit(std::string_view text, bool (*valid)(const std::string&),
                                                  std::string_view what) {
  std::vector<std::string> words = split(text, " \t");
  if (!words.empty() && words.front() == "inherit") return std::vector<std::string>{"inherit"};
  std::vector<std::string> out;
  for (auto& word : words) {
    if (!valid(word)) return bad(what, word);
    if (std::ranges::find(out, word) == out.end()) out.push_back(std::move(word));
  }
  return out;
}

bool is_address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (text.find('\0') != std::string::npos) return false;  // inet_pton(3) would see the end there
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_domain(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) {
    return c > 127 || std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

std::string IpAddress::address() const {
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(family, bytes.data(), text, sizeof text) == nullptr) return {};
  return text;
}

std::string IpAddress::text() const {
  return prefix ? address() + "/" + std::to_string(*prefix) : address();
}

Result<IpAddress> parse_ip(std::string_view text) {
  IpAddress ip;
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  ip.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (address.find('\0') != std::string::npos || inet_pton(ip.family, address.c_str(), ip.bytes.data()) != 1)
    return bad("not an IP address", text);
  if (slash != std::string_view::npos) {
    const auto prefix = parse_unsigned(text.substr(slash + 1));
    if (!prefix || *prefix > (ip.family == AF_INET ? 32U : 128U)) return bad("not a network prefix", text);
    ip.prefix = static_cast<unsigned>(*prefix);
  }
  return ip;
}

Result<std::vector<IpAddress>> parse_ip_list(std::string_view text) {
  std::vector<IpAddress> list;
  for (const auto& word : split(text, " \t")) {
    auto ip = parse_ip(word);
    if (!ip) return std::unexpected(std::move(ip).error());
    const bool unspecified = std::ranges::all_of(ip->bytes, [](std::uint8_t byte) { return byte == 0; });
    const bool known =
        std::ranges::any_of(list, [&](const IpAddress& other) { return other.same_address(*ip); });
    if (!unspecified && !known) list.push_back(*ip);
  }
  return list;
}

std::string ip_list_text(const std::vector<IpAddress>& value) {
  std::vector<std::string> words;
  for (const auto& ip : value) words.push_back(ip.text());
  return join(words, " ");
}

Result<std::vector<std::string>> parse_nameservers(std::string_view text) {
  return words_or_inherit(text, is_address, "not an IP address");
}

Result<std::vector<std::string>> parse_searchdomains(std::string_view text) {
  return words_or_inherit(text, is_domain, "not a domain name");
}

Result<bool> parse_yes_no(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return bad("neither yes nor no", text);
}

Result<bool> parse_on_off(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return bad("neither on nor off", text);
}

Result<unsigned> parse_number(std::string_view text, unsigned least, unsigned most) {
  std::string_view digits = text;
  while (!digits.empty() && (digits.front() == ' ' || digits.front() == '\t')) digits.remove_prefix(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto number = parse_unsigned(digits);
  if (!number || *number < least || *number > most) return bad("not a number in range", text);
  return static_cast<unsigned>(*number);
}

Result<std::uint64_t> parse_amount(std::string_view text, Unit unit, ParseContext& context) {
  if (text == "unlimited" && unit != Unit::inodes && unit != Unit::kilobytes) return kUnlimited;
  VZ_ASSIGN(const Magnitude magnitude, parse_magnitude(text));
  long double number = magnitude.number;
  if (magnitude.factor != 0) {
    if (unit == Unit::count) return bad("no suffix is allowed", text);
    number *= static_cast<long double>(magnitude.factor);
    if (unit == Unit::pages) number /= static_cast<long double>(page_size());
    if (unit == Unit::kilobytes) number /= 1024;
  }
  return fit(number, magnitude.too_large, text, context);
}

std::string amount_text(std::uint64_t amount) {
  return amount >= kUnlimited ? "unlimited" : std::to_string(amount);
}

Result<BarrierLimit> parse_barrier_limit(std::string_view text, Unit unit, ParseContext& context) {
  const size_t colon = text.find(':');
  VZ_ASSIGN(const std::uint64_t barrier, parse_amount(text.substr(0, colon), unit, context));
  if (colon == std::string_view::npos) return BarrierLimit{barrier, barrier};
  VZ_ASSIGN(const std::uint64_t limit, parse_amount(text.substr(colon + 1), unit, context));
  return BarrierLimit{barrier, limit};
}

std::string barrier_limit_text(const BarrierLimit& value) {
  if (value.barrier == value.limit) return amount_text(value.barrier);
  return amount_text(value.barrier) + ":" + amount_text(value.limit);
}

Result<BarrierLimit> parse_memory(std::string_view text, ParseContext& context) {
  if (text == "unlimited") return BarrierLimit{0, kUnlimited};
  VZ_ASSIGN(const std::uint64_t bytes, parse_amount(text, Unit::bytes, context));
  return BarrierLimit{0, bytes / page_size() + (bytes % page_size() != 0 ? 1 : 0)};
}

Result<SoftHard> parse_soft_hard(std::string_view text, Unit unit, ParseContext& context) {
  const size_t colon = text.find(':');
  VZ_ASSIGN(const std::uint64_t soft, parse_amount(text.substr(0, colon), unit, context));
  if (colon == std::string_view::npos) return SoftHard{soft, soft};
  VZ_ASSIGN(const std::uint64_t hard, parse_amount(text.substr(colon + 1), unit, context));
  return SoftHard{soft, hard};
}

std::string soft_hard_text(const SoftHard& value) {
  return std::to_string(value.soft) + ":" + std::to_string(value.hard);
}

unsigned host_cpus() {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

Result<unsigned> parse_cpulimit(std::string_view text, unsigned cpus) {
  if (!text.ends_with('%')) return parse_number(text, 0, std::numeric_limits<int>::max());
  VZ_ASSIGN(const unsigned percent, parse_number(text.substr(0, text.size() - 1), 0, 100));
  return percent * cpus;
}

Result<IdMask> parse_id_mask(std::string_view text, bool automatic_allowed) {
  constexpr unsigned kIds = 4096;
  if (text == "all") return IdMask{IdMask::Kind::all, {}};
  if (text == "auto" && automatic_allowed) return IdMask{IdMask::Kind::automatic, {}};
  std::vector<bool> set(kIds);
  const auto parts = split(text, ",");
  if (parts.empty()) return bad("empty list", text);
  for (const auto& part : parts) {
    const size_t dash = part.find('-');
    VZ_ASSIGN(const unsigned first, parse_number(part.substr(0, dash), 0, kIds - 1));
    unsigned last = first;
    if (dash != std::string::npos) {
      VZ_ASSIGN(last, parse_number(part.substr(dash + 1), first, kIds - 1));
    }
    for (unsigned id = first; id <= last; ++id) set[id] = true;
  }
  IdMask mask;
  for (unsigned id = 0; id < kIds; ++id) {
    if (set[id]) mask.ids.push_back(id);
  }
  return mask;
}

std::string IdMask::text() const {
  if (kind == Kind::all) return "all";
  if (kind == Kind::automatic) return "auto";
  std::string out;
  for (size_t first = 0; first < ids.size();) {
    size_t last = first;
    while (last + 1 < ids.size() && ids[last + 1] == ids[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(ids[first]);
    if (last > first) out += "-" + std::to_string(ids[last]);
    first = last + 1;
  }
  return out;
}

Result<Meminfo> parse_meminfo(std::string_view text) {
  if (text == "none") return Meminfo{};
  const size_t colon = text.find(':');
  const std::string_view mode = text.substr(0, colon);
  if (colon == std::string_view::npos || (mode != "pages" && mode != "privvmpages"))
    return bad("expecting none, pages:N or privvmpages:N", text);
  const auto count = parse_unsigned(text.substr(colon + 1));
  if (!count || *count == 0 || *count > kUnlimited) return bad("not a number in range", text);
  return Meminfo{mode == "pages" ? Meminfo::Mode::pages : Meminfo::Mode::privvmpages, *count};
}

std::string meminfo_text(const Meminfo& value) {
  if (value.mode == Meminfo::Mode::none) return "none";
  return (value.mode == Meminfo::Mode::pages ? "pages:" : "privvmpages:") + std::to_string(value.count);
}

Result<unsigned> parse_iolimit(std::string_view text, std::uint64_t bare, ParseContext& context) {
  if (text == "unlimited") return 0;
  VZ_ASSIGN(const Magnitude magnitude, parse_magnitude(text));
  const auto factor = static_cast<long double>(magnitude.factor == 0 ? bare : magnitude.factor);
  const long double bytes = magnitude.number * factor;
  constexpr unsigned kMost = std::numeric_limits<int>::max();
  if (magnitude.too_large) return bad("negative", text);
  if (bytes > kMost) context.truncated = true;
  return bytes > kMost ? kMost : static_cast<unsigned>(bytes);
}

Result<unsigned> parse_iopslimit(std::string_view text) {
  if (text == "unlimited") return 0;
  return parse_number(text, 0, std::numeric_limits<int>::max());
}

Result<double> parse_factor(std::string_view text) {
  const std::string digits(text);
  if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string::npos ||
      std::ranges::count(digits, '.') > 1 || digits == ".") {
    return bad("not a factor", text);
  }
  const double value = std::strtod(digits.c_str(), nullptr);
  if (!std::isfinite(value)) return bad("factor out of range", text);
  return value;
}

std::string factor_text(double value) {
  // As many digits as tell it from its neighbours, and no exponent, which is not read back.
  std::array<char, 400> text;
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr};
}

Result<Layout> parse_layout(std::string_view text) {
  if (text == "simfs") return Layout::simfs;
  const std::string_view mode = text.substr(std::min(text.size(), text.find(':')));
  const bool known_mode = mode.empty() || mode == ":expanded" || mode == ":plain" || mode == ":raw";
  if (text.substr(0, text.find(':')) == "ploop" && known_mode) return Layout::ploop;
  return bad("not a layout", text);
}

std::string layout_text(Layout layout) {
  return layout == Layout::simfs ? "simfs" : "ploop";
}

Result<std::string> parse_container_name(std::string_view text) {
  const bool legal = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '-' || c == '+' || c == '_' || c == '.';
  });
  if (!legal || text == "." || text == ".." || text.size() > 255)
    return bad("not a name for a container", text);
  return std::string(text);
}

}  // namespace vz
