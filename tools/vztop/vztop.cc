#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "libvz/config/values.h"
#include "tools/container_word.h"
#include "tools/tools.h"
#include "tools/vztop/screen.h"
#include "tools/vztop/view.h"

namespace vz {

namespace {

using Milliseconds = std::chrono::milliseconds;

struct Settings {
  std::optional<Ctid> only;
  bool batch = false;
  std::optional<unsigned> times;  // nothing: for ever
  Milliseconds delay{3000};
  TopOrder order = TopOrder::cpu;
};

// Ids of containers have no names here; then the number.
std::string user_name(uid_t uid) {
  static std::map<uid_t, std::string> known;
  const auto found = known.find(uid);
  if (found != known.end()) return found->second;
  const passwd* entry = getpwuid(uid);
  return known[uid] = entry != nullptr ? std::string(entry->pw_name) : std::to_string(uid);
}

Result<Milliseconds> parse_delay(const std::string& value) {
  // As a factor: not negative, with or without a fraction.
  const auto seconds = parse_factor(value);
  constexpr double kMost = 86400;
  if (!seconds || *seconds < 0.1 || *seconds > kMost)
    return fail(ExitCode::invalid_value, "invalid delay: " + value + " (0.1 to 86400 seconds)");
  return Milliseconds(std::lround(*seconds * 1000));
}

std::vector<Option> options_into(Settings& settings) {
  return {veid_option(settings.only),
          flag_option("", 'b', "print to standard output instead of a screen", settings.batch),
          {.name = "",
           .letter = 'n',
           .argument = "TIMES",
           .help = "end after so many times",
           .take = [&settings](const std::string& value) -> Result<void> {
             const auto times = parse_number(value, 1, 1000000000);
             if (!times) return fail(ExitCode::invalid_value, "invalid number of times: " + value);
             settings.times = *times;
             return {};
           }},
          {.name = "",
           .letter = 'd',
           .argument = "SECONDS",
           .help = "time between two looks (default 3)",
           .take = [&settings](const std::string& value) -> Result<void> {
             VZ_ASSIGN(settings.delay, parse_delay(value));
             return {};
           }},
          {.name = "",
           .letter = 'o',
           .argument = "COLUMN",
           .help = "sort by %CPU (default), %MEM, TIME+, PID or CTID",
           .take = [&settings](const std::string& value) -> Result<void> {
             const auto order = top_order(value);
             if (!order) return fail(ExitCode::invalid_value, "cannot sort by: " + value);
             settings.order = *order;
             return {};
           }}};
}

std::tm local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local;
}

// One look after the other; remembers the one before.
class Looks {
 public:
  explicit Looks(const Settings& settings) : settings_(settings) {
    view_ = {.order = settings.order, .ticks_per_second = sysconf(_SC_CLK_TCK), .user_name = user_name};
  }

  std::vector<std::string> next() {
    TopSample sample = take_sample(settings_.only);
    auto lines = top_lines(view_, sample, previous_ ? &*previous_ : nullptr, local_time());
    previous_ = std::move(sample);
    ++count_;
    return lines;
  }
  bool done() const { return settings_.times && count_ >= *settings_.times; }
  void sort_by(TopOrder order) { view_.order = order; }

 private:
  const Settings& settings_;
  TopView view_;
  std::optional<TopSample> previous_;
  unsigned count_ = 0;
};

int run_batch(const Settings& settings) {
  Looks looks(settings);
  for (;;) {
    for (const auto& line : looks.next()) std::puts(line.c_str());
    if (std::fflush(stdout) != 0) return 1;
    if (looks.done()) return 0;
    std::puts("");
    std::this_thread::sleep_for(settings.delay);
  }
}

int run_screen(const Tool& tool, const Settings& settings) {
  const auto screen = Screen::open();
  if (!screen) return refuse(tool, screen.error().text(), 1);
  Looks looks(settings);
  for (;;) {
    screen->show(looks.next());
    if (looks.done()) return 0;
    switch (screen->key(settings.delay)) {
      case -1:
      case 'q':
        return 0;
      case 'P':
        looks.sort_by(TopOrder::cpu);
        break;
      case 'M':
        looks.sort_by(TopOrder::memory);
        break;
      case 'T':
        looks.sort_by(TopOrder::time);
        break;
      case 'N':
        looks.sort_by(TopOrder::pid);
        break;
      case 'E':
        looks.sort_by(TopOrder::ctid);
        break;
      default:
        break;
    }
  }
}

}  // namespace

Tool vztop_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vztop",
          .synopsis = {"[-E CTID] [-b] [-n TIMES] [-d SECONDS] [-o COLUMN]"},
          .about =
              "Shows the processes that use most, with their containers, again and again.\n"
              "Keys: q ends; P, M, T, N and E sort by CPU, memory, time, process and container.\n"
              "Exit codes: 0 done, 1 usage or not a terminal.\n",
          .options = options_into(*settings),
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (!words.empty()) return refuse_usage(tool, "no arguments are taken: " + words.front());
            return settings->batch ? run_batch(*settings) : run_screen(tool, *settings);
          }};
}

}  // namespace vz
