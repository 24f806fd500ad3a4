// Any words, separated by line breaks, as the command line of vzlist.

#include <getopt.h>

#include <vector>

#include "tests/fuzz/fuzz.h"
#include "vzlist/fields.h"
#include "vzlist/options.h"
#include "vzlist/output.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> words{"vzlist"};
  std::string word;
  for (const char c : vz::as_text(data, size)) {
    if (c == '\0') return 0;
    if (c == '\n') {
      words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  words.push_back(word);
  std::vector<char*> argv;
  for (auto& text : words) argv.push_back(text.data());
  argv.push_back(nullptr);
  optind = 0;  // getopt(3): begin anew
  opterr = 0;
  const auto options = vz::parse_list_options(static_cast<int>(words.size()), argv.data());
  if (!options) {
    vz::must_hold(!options.error().text().empty(), "an error says something");
    return 0;
  }
  if (options->help) return 0;
  for (const auto& field : options->fields)
    vz::must_hold(vz::find_field(field) != nullptr, "fields are known");
  vz::must_hold(vz::find_field(options->sort) != nullptr, "the sort key is known");
  (void)vz::needs_of(*options);
  return 0;
}
