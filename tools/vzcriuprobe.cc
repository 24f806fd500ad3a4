// vzcriuprobe [--help] [CRIU_PATH]: does this CRIU fit the running kernel? See vzcriuprobe(8).

#include <cstdio>
#include <string>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/host/engine_probe.h"

namespace {

constexpr const char* kUsage =
    "Usage: vzcriuprobe [--help] [CRIU_PATH]\n"
    "\n"
    "Dumps and restores a small process with a TCP connection, to see whether the\n"
    "CRIU program at CRIU_PATH (default: criu of the search path) fits the running\n"
    "kernel.  Needs root; leaves nothing behind.\n"
    "\n"
    "Exit codes: 0 it fits, 1 it does not fit or cannot be tried, 2 usage.\n";

// "Version: 4.2.1" of `criu --version`.
std::string version_of(const std::string& program) {
  vz::Command command;
  command.argv = {program, "--version"};
  command.timeout = std::chrono::seconds(5);
  const auto output = vz::run_checked(command, vz::ExitCode::system);
  if (!output) return "of unknown version";
  for (const auto& line : vz::split(*output, "\n")) {
    if (line.starts_with("Version: ")) return line.substr(9);
  }
  return "of unknown version";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (argc > 2 || first.starts_with("-")) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const std::string program = first.empty() ? "criu" : first;
  if (auto fits = vz::probe_engine(program); !fits) {
    std::fprintf(stderr, "%s\n", fits.error().text().c_str());
    return 1;
  }
  std::printf("CRIU %s fits this kernel\n", version_of(program).c_str());
  return 0;
}
