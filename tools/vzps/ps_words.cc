#include "tools/vzps/ps_words.h"

#include <algorithm>
#include <limits>

#include "libvz/core/text.h"

namespace vz {

namespace {

// What ps(1) says of its options: letters that take an argument, and those that select processes.
constexpr std::string_view kUnixArguments = "CGOUgopqstu";
constexpr std::string_view kUnixSelections = "ACGNUadegpqstu";
constexpr std::string_view kBsdArguments = "OUkopqt";
constexpr std::string_view kBsdSelections = "TUagprtxq";
constexpr std::string_view kLongWithArgument[] = {
    "--cols",      "--columns", "--format", "--Group", "--group", "--lines", "--pid",  "--ppid",
    "--quick-pid", "--rows",    "--sid",    "--sort",  "--tty",   "--User",  "--user", "--width"};
constexpr std::string_view kLongSelections[] = {"--Group",    "--group", "--pid", "--ppid", "--quick-pid",
                                                "--deselect", "--sid",   "--tty", "--User", "--user"};

bool among(std::string_view word, const auto& list) {
  return std::ranges::find(list, word) != std::end(list);
}

// A format without our own columns, which come first anyway.
std::string without_container(const std::string& format) {
  std::vector<std::string> columns;
  for (const auto& column : split(format, ", ")) {
    const std::string name = column.substr(0, column.find_first_of(":="));
    if (name != "veid" && name != "ctid") columns.push_back(column);
  }
  return columns.empty() ? "pid" : join(columns, ",");
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_(words) {}

  Result<PsWords> read() {
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (word == "--help" || (word == "-h" && words_.size() == 1)) {
        out_.help = true;
      } else if (word.starts_with("-E") || word == "--veid" || word.starts_with("--veid=")) {
        VZ_TRY(take_container(word));
      } else if (word.starts_with("--")) {
        take_long(word);
      } else if (word.starts_with("-")) {
        out_.words.push_back("-" + take_letters(word.substr(1), kUnixArguments, kUnixSelections, false));
        take_rest();
      } else {
        take_bsd(word);
      }
    }
    return out_;
  }

 private:
  Result<void> take_container(const std::string& word) {
    const std::string attached = word.starts_with("-E") ? word.substr(2)
                                 : word == "--veid"     ? ""
                                                        : word.substr(word.find('=') + 1);
    if (!attached.empty()) {
      out_.container = attached;
    } else if (word != "--veid=" && at_ + 1 < words_.size()) {
      out_.container = words_[++at_];
    } else {
      return fail(ExitCode::invalid_syntax, "no container given with " + word);
    }
    return {};
  }

  void take_long(const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    if (name == "--no-headers" || name == "--no-heading" || name == "--no-headings" ||
        name == "--no-header") {
      out_.no_header = true;
      return;
    }
    out_.selects |= among(name, kLongSelections);
    out_.own_format |= name == "--format";
    if (name == "--format" && word != name) {
      out_.words.push_back(name + "=" + without_container(word.substr(name.size() + 1)));
      return;
    }
    out_.words.push_back(word);
    if (name != word || !among(name, kLongWithArgument) || at_ + 1 == words_.size()) return;
    const std::string& value = words_[++at_];
    out_.words.push_back(name == "--format" ? without_container(value) : value);
  }

  void take_bsd(const std::string& word) {
    if (word.find_first_not_of("0123456789,") == std::string::npos) {  // process ids
      out_.selects = true;
      out_.words.push_back(word);
      return;
    }
    const std::string letters = take_letters(word, kBsdArguments, kBsdSelections, true);
    if (!letters.empty()) out_.words.push_back(letters);
    take_rest();
  }

  // The letters of one word but those that are ours; an argument that begins in it becomes rest_.
  std::string take_letters(const std::string& word, std::string_view arguments, std::string_view selections,
                           bool bsd) {
    std::string kept;
    for (size_t i = 0; i < word.size(); ++i) {
      const char letter = word[i];
      if (bsd && letter == 'h') {
        out_.no_header = true;
        continue;
      }
      kept += letter;
      out_.selects |= selections.find(letter) != std::string_view::npos;
      if (arguments.find(letter) == std::string_view::npos) continue;
      out_.own_format |= letter == 'o';
      rest_ = word.substr(i + 1);
      if (rest_->empty() && at_ + 1 < words_.size()) rest_ = words_[++at_];
      if (letter == 'o') rest_ = without_container(*rest_);
      break;
    }
    return kept;
  }
  void take_rest() {
    if (rest_) out_.words.push_back(*std::exchange(rest_, std::nullopt));
  }

  const std::vector<std::string>& words_;
  size_t at_ = 0;
  std::optional<std::string> rest_;
  PsWords out_;
};

std::optional<int> number(std::string_view word) {
  const auto value = parse_unsigned(word);
  if (!value || *value > static_cast<unsigned>(std::numeric_limits<int>::max())) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

Result<PsWords> read_ps_words(const std::vector<std::string>& words) {
  return Reader(words).read();
}

std::optional<PidColumn> PidColumn::in_header(std::string_view header) {
  const auto words = split(header, " ");
  const auto found = std::ranges::find(words, "PID");
  if (found == words.end()) return std::nullopt;
  PidColumn column;
  column.word_ = static_cast<size_t>(found - words.begin());
  for (size_t at = header.find("PID"); at != std::string_view::npos; at = header.find("PID", at + 1)) {
    const bool starts = at == 0 || header[at - 1] == ' ';
    const bool ends = at + 3 == header.size() || header[at + 3] == ' ';
    if (starts && ends) {
      column.end_ = at + 2;
      break;
    }
  }
  return column;
}

std::optional<int> PidColumn::of(std::string_view row) const {
  // Below its title, unless wide columns before it have pushed it aside.
  if (end_ < row.size() && row[end_] != ' ' && (end_ + 1 == row.size() || row[end_ + 1] == ' ')) {
    const size_t blank = row.rfind(' ', end_);
    const size_t first = blank == std::string_view::npos ? 0 : blank + 1;
    if (const auto pid = number(row.substr(first, end_ + 1 - first))) return pid;
  }
  const auto words = split(row, " ");
  return word_ < words.size() ? number(words[word_]) : std::nullopt;
}

}  // namespace vz
