#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libvz/core/option_parser.h"
#include "libvz/core/text.h"

namespace vz {

// Pieces of shell that hold tables.

inline std::string joined(const std::set<std::string>& words) {
  return join({words.begin(), words.end()}, " ");
}

inline std::string variable(const std::string& name, const std::set<std::string>& words) {
  return name + "=\"" + joined(words) + "\"\n";
}

inline std::set<std::string> option_words(const std::vector<Option>& options) {
  std::set<std::string> words = {"--help"};
  for (const auto& option : options) {
    if (!option.help.empty() && !option.name.empty()) words.insert("--" + option.name);
  }
  return words;
}

// A shell function that prints text for its first (and second) argument.
class Function {
 public:
  Function(std::string name, std::string subject) : name_(std::move(name)), subject_(std::move(subject)) {}

  void add(const std::string& pattern, const std::string& body) {
    cases_ += "\t" + pattern + ") " + body + " ;;\n";
  }
  std::string text(const std::string& otherwise) const {
    return name_ + "() {\n\tcase " + subject_ + " in\n" + cases_ + "\t*) " + otherwise + " ;;\n\tesac\n}\n";
  }

 private:
  std::string name_;
  std::string subject_;
  std::string cases_;
};

}  // namespace vz
