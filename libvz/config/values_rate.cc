// How much a container may send: RATE, TOTALRATE, BANDWIDTH.

#include "libvz/config/values.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr unsigned kMostClass = 15;
// 100 Gbit/s.
constexpr unsigned kMostKbits = 100'000'000;

std::unexpected<Error> bad(std::string_view what, std::string_view text) {
  return fail(ExitCode::invalid_value, std::string(what) + ": " + std::string(text));
}

// The parts of "a:b:c" from behind, as the name of an interface may hold a colon.
Result<RateRule> parse_rate(const std::string& token) {
  const size_t second = token.rfind(':');
  const size_t first = second == std::string::npos || second == 0 ? second : token.rfind(':', second - 1);
  if (second == std::string::npos || first == std::string::npos || first == second)
    return bad("expecting DEVICE:CLASS:KBITS", token);
  RateRule rule{.device = token.substr(0, first)};
  if (rule.device != "*" && !is_interface_name(rule.device)) return bad("not an interface", rule.device);
  VZ_ASSIGN(rule.traffic_class, parse_number(token.substr(first + 1, second - first - 1), 0, kMostClass));
  VZ_ASSIGN(rule.kbits, parse_number(token.substr(second + 1), 1, kMostKbits));
  return rule;
}

}  // namespace

Result<std::vector<RateRule>> parse_rates(std::string_view text) {
  std::vector<RateRule> rules;
  for (const auto& token : split(text, " \t,")) {
    VZ_ASSIGN(RateRule rule, parse_rate(token));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string rates_text(const std::vector<RateRule>& value) {
  std::vector<std::string> words;
  for (const auto& rule : value)
    words.push_back(rule.device + ":" + std::to_string(rule.traffic_class) + ":" +
                    std::to_string(rule.kbits));
  return join(words, " ");
}

Result<std::vector<LinkBandwidth>> parse_bandwidths(std::string_view text) {
  std::vector<LinkBandwidth> links;
  for (const auto& token : split(text, " \t,")) {
    const size_t colon = token.rfind(':');
    LinkBandwidth link{.device = token.substr(0, colon), .kbits = {}};
    if (!is_interface_name(link.device)) return bad("not an interface", link.device);
    if (colon != std::string::npos) {
      VZ_ASSIGN(link.kbits, parse_number(token.substr(colon + 1), 1, kMostKbits));
    }
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace vz
