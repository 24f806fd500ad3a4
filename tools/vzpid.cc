#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>

#include "libvz/core/fd.h"
#include "libvz/core/text.h"
#include "libvz/host/process_container.h"
#include "tools/tools.h"

namespace vz {

namespace {

struct Settings {
  bool inner_pid = false;
};

// Tabs separate columns and line breaks rows, whatever a process calls itself.
std::string one_line(std::string name) {
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
  }
  return name;
}

int run(const Tool& tool, const Settings& settings, const std::vector<std::string>& words) {
  if (words.empty()) return refuse_usage(tool);
  std::vector<std::string> pids = words;
  if (words.size() == 1 && words.front() == "-") {
    const auto input = read_all(STDIN_FILENO);
    if (!input) return refuse(tool, input.error().text(), 1);
    pids = split(*input, " \t\r\n");
  }
  int code = 0;
  std::puts(settings.inner_pid ? "Pid\tCT/Pid\tCTID\tName" : "Pid\tCTID\tName");
  for (const auto& word : pids) {
    const auto pid = parse_unsigned(word);
    if (!pid || *pid > static_cast<unsigned>(std::numeric_limits<pid_t>::max())) {
      code = refuse(tool, "not a process id: " + one_line(word), 1);
      continue;
    }
    const auto process = find_process(static_cast<pid_t>(*pid));
    if (!process) continue;
    std::printf("%d\t", process->pid);
    if (settings.inner_pid) std::printf("%d\t", process->inner_pid);
    std::printf("%u\t%s\n", process->ctid, one_line(process->name).c_str());
  }
  return code;
}

}  // namespace

Tool vzpid_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzpid",
          .synopsis = {"[-p] PID...", "[-p] -"},
          .about =
              "Tells which container a process belongs to; 0 is the host. With - the process ids\n"
              "are read from standard input. A process that does not exist is left out.\n"
              "Exit codes: 0 done, 1 usage.\n",
          .options = {flag_option("", 'p', "also the process id inside the container", settings->inner_pid)},
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            return run(tool, *settings, words);
          }};
}

}  // namespace vz
