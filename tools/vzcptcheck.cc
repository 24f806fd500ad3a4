#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include "libvz/config/container_id.h"
#include "libvz/config/global_config.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/host/run_state.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr int kIncompatible = 2;

// A bit for each, from bit 0. The first twelve are those of OpenVZ kernels (CPT_CPU_X86_*), where "-" has no
// flag on Linux today; then what programs choose their code by today.
constexpr std::array<std::string_view, 30> kFlags = {
    "cmov",    "fxsr", "sse",  "sse2",  "mmx",    "3dnow",   "3dnowext", "sep",      "lm",     "-",
    "syscall", "-",    "pni",  "ssse3", "sse4_1", "sse4_2",  "popcnt",   "aes",      "xsave",  "avx",
    "f16c",    "fma",  "avx2", "bmi1",  "bmi2",   "avx512f", "avx512bw", "avx512vl", "sha_ni", "erms"};

Result<unsigned> host_flags() {
  VZ_ASSIGN(const std::string text, read_file(host_file("/proc/cpuinfo")));
  for (const auto& line : split(text, "\n")) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    const auto names = split(line.substr(std::min(line.size(), line.find(':') + 1)), " \t");
    unsigned bits = 0;
    for (size_t i = 0; i < kFlags.size(); ++i) {
      if (std::ranges::find(names, kFlags[i]) != names.end()) bits |= 1U << i;
    }
    return bits;
  }
  return fail(ExitCode::system, "/proc/cpuinfo does not tell what the CPU can do");
}

// CRIU's version as one number: 4.1.2 is 40102.
Result<unsigned> engine_version() {
  VZ_ASSIGN(const GlobalConfig global, load_global_config(test_prefix()));
  Command command;
  command.argv = {global.criu, "--version"};
  command.timeout = std::chrono::seconds(10);
  VZ_ASSIGN(const std::string output, run_checked(command, ExitCode::system));
  for (const auto& line : split(output, "\n")) {
    constexpr std::string_view kStart = "Version: ";
    if (!line.starts_with(kStart)) continue;
    unsigned version = 0;
    auto parts = split(line.substr(kStart.size()), ".-");
    parts.resize(3, "0");
    for (const auto& part : parts)
      version = version * 100 + static_cast<unsigned>(parse_unsigned(part).value_or(0) % 100);
    return version;
  }
  return fail(ExitCode::system, global.criu + " does not tell its version");
}

Result<unsigned> number(const std::string& word) {
  const auto value = parse_unsigned(word);
  if (!value || *value > 0x7fffffff) return fail(ExitCode::invalid_value, "not a number: " + word);
  return static_cast<unsigned>(*value);
}

Result<int> version(const std::vector<std::string>& words) {
  if (words.size() == 1) {
    VZ_ASSIGN(const unsigned ours, engine_version());
    std::printf("%u\n", ours);
    return 0;
  }
  VZ_ASSIGN(const unsigned asked, number(words[1]));
  VZ_ASSIGN(const unsigned ours, engine_version());
  // Images of older versions are read, those of newer ones may hold what ours does not know.
  if (asked <= ours) return 0;
  std::fprintf(stderr, "CPT version %u rejected: can't migrate\n", asked);
  return kIncompatible;
}

int insufficient() {
  std::fprintf(stderr, "Insufficient CPU capabilities: can't migrate\n");
  return kIncompatible;
}

Result<int> caps(const std::vector<std::string>& words) {
  VZ_ASSIGN(const unsigned ours, host_flags());
  if (words.size() == 1) {
    std::printf("%u\n", ours);
    return 0;
  }
  if (words.size() == 2) {
    VZ_ASSIGN(const unsigned wanted, number(words[1]));
    return (wanted & ~ours) == 0 ? 0 : insufficient();
  }
  const Paths paths(test_prefix());
  VZ_ASSIGN(const Ctid ctid, resolve_ctid(paths, words[1]));
  VZ_ASSIGN(const unsigned theirs, number(words[2]));
  VZ_ASSIGN(const auto state, load_run_state(paths, ctid));
  if (!state) return fail(ExitCode::not_running, "Container is not running");
  // Its programs have seen all that this CPU can do, and may have chosen their code by any of it.
  return (ours & ~theirs) == 0 ? 0 : insufficient();
}

int run_vzcptcheck(const Tool& tool, const std::vector<std::string>& words) {
  if (words.empty() || (words.front() == "help" && words.size() == 1)) {
    std::fputs(tool_help(tool).c_str(), stdout);
    return 0;
  }
  configure_log({.program = "vzcptcheck", .file = {}, .verbosity = -1});
  const bool of_version = words.front() == "version" && words.size() <= 2;
  const bool of_caps = words.front() == "caps" && words.size() <= 3;
  if (!of_version && !of_caps) return refuse_usage(tool);
  const auto code = of_version ? version(words) : caps(words);
  return code ? *code : refuse(tool, code.error().text(), 1);
}

}  // namespace

Tool vzcptcheck_tool() {
  return {.name = "vzcptcheck",
          .synopsis = {"version [VERSION]", "caps [[CTID] CAPS]", "help"},
          .about =
              "Asks whether a container could be moved between two hosts. On the host that it is\n"
              "to go to, version and caps print what that host has, as a number; with a number,\n"
              "whether this host can do with what the other has: version VERSION and caps CAPS\n"
              "where the container is to go, caps CTID CAPS where it runs.\n"
              "Exit codes: 0 printed, or it fits; 1 failed or usage; 2 it does not fit.\n",
          .options = {},
          .run = run_vzcptcheck};
}

}  // namespace vz
