#include "libvz/network/traffic_classes.h"

#include <sys/socket.h>

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

constexpr unsigned kMostClass = 15;
constexpr unsigned kOrdinaryClass = 1;

unsigned length(const ClassNetwork& one) {
  return one.network.prefix.value_or(one.network.family == AF_INET6 ? 128 : 32);
}

Result<ClassNetwork> parse_line(const std::vector<std::string>& words) {
  if (words.size() != 2) return fail(ExitCode::invalid_value, "expecting CLASS ADDRESS/LENGTH");
  ClassNetwork one;
  VZ_ASSIGN(one.traffic_class, parse_number(words[0], 0, kMostClass));
  VZ_ASSIGN(one.network, parse_ip(words[1]));
  return one;
}

}  // namespace

std::vector<ClassNetwork> parse_network_classes(std::string_view text, const std::string& path) {
  std::vector<ClassNetwork> classes;
  unsigned number = 0;
  for (size_t from = 0; from < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, end - from);
    from = end + 1;
    const auto words = split(line.substr(0, line.find('#')), " \t\r");
    if (words.empty()) continue;
    if (auto one = parse_line(words)) {
      classes.push_back(*one);
    } else {
      log_error("Warning at " + path + ":" + std::to_string(number + 1) + ": " + one.error().text() +
                ", skipped");
    }
  }
  if (classes.empty()) {
    for (const char* all : {"0.0.0.0/0", "::/0"}) classes.push_back({kOrdinaryClass, parse_ip(all).value()});
  }
  std::ranges::stable_sort(classes, std::ranges::greater{}, length);
  return classes;
}

std::vector<ClassNetwork> load_network_classes(const std::string& path) {
  const auto text = read_file(path);
  return parse_network_classes(text ? std::string_view(*text) : std::string_view(), path);
}

}  // namespace vz
