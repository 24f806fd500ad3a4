#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>

#include "libvz/core/file.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/host/process_container.h"
#include "tools/container_word.h"
#include "tools/tools.h"
#include "tools/vzps/ps_words.h"

namespace vz {

namespace {

constexpr int kColumn = 10;  // of the CTID, with a blank behind it

// What the caller set, but as many columns as are left beside ours.
std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with("COLUMNS=")) variables.emplace_back(*each);
  }
  winsize size{};
  unsigned columns = 0;
  if (const char* given = getenv("COLUMNS"); given != nullptr) {
    columns = static_cast<unsigned>(parse_unsigned(given).value_or(0));
  } else if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    columns = size.ws_col;
  }
  if (columns > 2 * kColumn) variables.push_back("COLUMNS=" + std::to_string(columns - kColumn - 1));
  return variables;
}

// The container of each process, as of now.
std::map<pid_t, Ctid> containers_now() {
  std::map<pid_t, Ctid> known;
  for (const pid_t pid : all_pids()) {
    if (const auto ctid = find_container_of(pid)) known[pid] = *ctid;
  }
  return known;
}

struct Output {
  std::string text;
  pid_t pid = 0;  // of ps itself
  int code = 0;
};

Result<Output> run_ps(const std::vector<std::string>& words) {
  VZ_ASSIGN(Pipe pipe, make_pipe());
  Command command;
  command.argv = {"ps"};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment = environment();
  command.capture = false;
  command.stdout_fd = pipe.write.get();
  if (find_program("ps") == "ps") return fail(ExitCode::system, "ps is not installed (package procps)");
  VZ_ASSIGN(Child child, start(command));
  pipe.write.reset();
  Output output;
  output.pid = child.pid();
  VZ_ASSIGN(output.text, read_all(pipe.read.get()));
  VZ_ASSIGN(const int status, child.wait());
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

// Prints ps' lines with the container in front of each.
class Printer {
 public:
  Printer(const PsWords& options, std::optional<Ctid> only, std::map<pid_t, Ctid> known, pid_t ps)
      : options_(options), only_(only), known_(std::move(known)), ps_(ps) {}

  // False: it cannot be told which process a line is about.
  bool print(std::string_view text) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      if (!line(text.substr(0, end))) return false;
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return true;
  }

 private:
  bool line(std::string_view line) {
    std::optional<int> pid;
    if (options_.own_format) {
      // Ours is the first column, without a title.
      pid = static_cast<int>(parse_unsigned(trim(line.substr(0, kColumn))).value_or(0));
      line.remove_prefix(std::min<size_t>(line.size(), kColumn + 1));
      if (*pid == 0) return header(line);
    } else {
      if (!column_) {
        column_ = PidColumn::in_header(line);
        header_ = line;
      }
      if (!column_) return false;
      if (line == header_) return header(line);
      pid = column_->of(line);
    }
    if (pid) row(*pid, line);
    return pid.has_value();
  }

  bool header(std::string_view line) const {
    if (!options_.no_header) print_line("CTID", line);
    return true;
  }

  void row(pid_t pid, std::string_view line) {
    const auto ctid = find(pid);
    if (only_ && ctid != only_) return;
    print_line(ctid ? std::to_string(*ctid) : "-", line);
  }

  // Nothing for one that came after the first look and was gone before this one.
  std::optional<Ctid> find(pid_t pid) {
    if (pid == ps_) pid = getpid();
    const auto known = known_.find(pid);
    if (known != known_.end()) return known->second;
    return find_container_of(pid);
  }

  static void print_line(const std::string& ctid, std::string_view line) {
    std::printf("%*s %.*s\n", kColumn, ctid.c_str(), static_cast<int>(line.size()), line.data());
  }

  const PsWords& options_;
  std::optional<Ctid> only_;
  std::map<pid_t, Ctid> known_;
  pid_t ps_;
  std::optional<PidColumn> column_;
  std::string header_;
};

std::vector<std::string> words_for_ps(const PsWords& options, bool filtered) {
  std::vector<std::string> words;
  if (options.own_format) words = {"-o", "pid:" + std::to_string(kColumn) + "="};
  if (filtered && !options.selects) words.emplace_back("-e");
  words.insert(words.end(), options.words.begin(), options.words.end());
  return words;
}

int run_vzps(const Tool& tool, const std::vector<std::string>& words) {
  const auto options = read_ps_words(words);
  if (!options) return refuse_usage(tool, options.error().text());
  if (options->help) {
    std::fputs(tool_help(tool).c_str(), stdout);
    return 0;
  }
  std::optional<Ctid> only;
  if (options->container) {
    const auto ctid = container_of_word(*options->container);
    if (!ctid) return refuse(tool, ctid.error().text(), 1);
    only = *ctid;
  }
  auto known = containers_now();
  const auto output = run_ps(words_for_ps(*options, only.has_value()));
  if (!output) return refuse(tool, output.error().text(), 1);
  if (output->code > 1) return output->code;
  Printer printer(*options, only, std::move(known), output->pid);
  if (!printer.print(output->text))
    return refuse(tool, "ps does not tell the process ids in this format: it has no column PID", 1);
  return output->code;
}

}  // namespace

Tool vzps_tool() {
  static std::optional<Ctid> unused;  // the words are read by read_ps_words(); the table is for help
  return {.name = "vzps",
          .synopsis = {"[-E CTID] [options of ps]"},
          .about =
              "Runs ps and puts the container of each process in front of its line.\n"
              "Exit codes: those of ps; 1 also: no such container.\n",
          .options = {veid_option(unused)},
          .run = run_vzps,
          .raw = true};
}

}  // namespace vz
