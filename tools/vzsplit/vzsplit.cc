#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "libvz/config/config_file.h"
#include "libvz/config/global_config.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "tools/tools.h"
#include "tools/vzsplit/share.h"

namespace vz {

namespace {

struct Settings {
  std::optional<std::uint64_t> containers;
  std::optional<std::uint64_t> swap;  // bytes
  std::string name;
  bool named = false;
  bool vswap = true;
};

constexpr std::uint64_t kMostContainers = 1000000;
constexpr std::uint64_t kMostThreads = 8000;

Result<std::uint64_t> number(const std::string& value, char letter, std::uint64_t most) {
  const auto parsed = parse_unsigned(value);
  if (!parsed || *parsed > most)
    return fail(ExitCode::invalid_value, std::string("Invalid argument for -") + letter + ": " + value);
  return *parsed;
}

std::vector<Option> options_into(Settings& settings) {
  return {{.name = "",
           .letter = 'n',
           .argument = "N",
           .help = "for so many containers; asked for if not given",
           .take = [&settings](const std::string& value) -> Result<void> {
             VZ_ASSIGN(settings.containers, number(value, 'n', kMostContainers));
             return {};
           }},
          {.name = "",
           .letter = 'f',
           .argument = "NAME",
           .help = "write a configuration sample of that name (default: to standard output)",
           .take = [&settings](const std::string& value) -> Result<void> {
             // It becomes a part of a file's name, which create --config takes.
             if (value.empty() || value.find('/') != std::string::npos || !parse_container_name(value))
               return fail(ExitCode::invalid_value, "Invalid argument for -f: " + value);
             settings.name = value;
             settings.named = true;
             return {};
           }},
          {.name = "",
           .letter = 's',
           .argument = "KB",
           .help = "as if the host had so much swap space",
           .take = [&settings](const std::string& value) -> Result<void> {
             if (value.starts_with('-')) return fail(ExitCode::invalid_value, "Negative value for -s");
             VZ_ASSIGN(const std::uint64_t kilobytes, number(value, 's', std::uint64_t{1} << 40));
             settings.swap = kilobytes << 10;
             return {};
           }},
          {.name = "",
           .letter = 'v',
           .argument = "yes|no",
           .help = "limit memory by VSwap (default: yes)",
           .take = [&settings](const std::string& value) -> Result<void> {
             const auto vswap = parse_yes_no(value);
             if (!vswap) return fail(ExitCode::invalid_value, "Invalid argument for -v: " + value);
             settings.vswap = *vswap;
             return {};
           }}};
}

Result<std::uint64_t> ask_containers() {
  std::printf("Enter the number of containers: ");
  std::fflush(stdout);
  std::string answer;
  if (!std::getline(std::cin, answer)) return fail(ExitCode::invalid_value, "Invalid value.");
  const auto count = parse_unsigned(trim(answer));
  if (!count || *count > kMostContainers) return fail(ExitCode::invalid_value, "Invalid value.");
  return *count;
}

Result<void> check_memory(const HostMemory& memory, std::uint64_t containers) {
  if (memory.ram < kHostReserve) {
    return fail(ExitCode::resource, "At least " + std::to_string(kHostReserve >> 20) +
                                        " Mb of RAM should be installed on Hardware Node");
  }
  if (memory.swap > 2 * memory.ram) {
    log_error("The optimal swap space size is " + std::to_string((2 * memory.ram) >> 20) +
              " Mb, twice bigger than the RAM size\n");
  }
  const std::uint64_t most = most_containers(memory);
  if (containers <= most) return {};
  log_error("On node with " + std::to_string((memory.ram + memory.swap) >> 20) +
            " Mb of memory (RAM + swap) " + std::to_string(containers) + " containers can not be allocated");
  return fail(ExitCode::resource, "The maximum allowed value is " + std::to_string(most));
}

// VE_PRIVATE up to $VEID.
std::string private_areas(const Paths& paths) {
  const std::string& path = paths.private_area;
  return path.substr(0, std::min(path.find("$VEID"), path.find("${VEID}")));
}

// Leaves the disk unknown where it cannot be told or is too small; says so.
void find_disk(const Paths& paths, std::uint64_t containers, WholeHost& host) {
  constexpr std::uint64_t kHostDisk = 10 << 20;  // KB
  constexpr std::uint64_t kHostInodes = 100000;
  const std::string path = private_areas(paths);
  struct statfs disk {};
  if (path.empty() || statfs(path.c_str(), &disk) < 0) {
    log_error(path.empty()
                  ? "WARNING: unable to get VE_PRIVATE value from " + paths.global_config() + "."
                  : fail_errno(ExitCode::system, "WARNING: statfs on " + path + " failed").error().text());
    log_error("Default disk space values to be used.\n");
    return;
  }
  const auto without_host = [](std::uint64_t all, std::uint64_t reserve) {
    return all / 2 < reserve ? all / 2 : all - reserve;
  };
  const std::uint64_t kilobytes =
      static_cast<std::uint64_t>(disk.f_blocks) * static_cast<std::uint64_t>(disk.f_bsize) / 1024;
  // A file system that makes inodes as it goes (btrfs) says that it has none.
  const bool unlimited_inodes = disk.f_files == 0;
  if (kilobytes / 2 < kHostDisk || (!unlimited_inodes && disk.f_files / 2 < kHostInodes)) {
    log_error("WARNING: Recommended minimal size of partition holding " + path + " is 20 Gb!");
  }
  const std::uint64_t space = without_host(kilobytes, kHostDisk);
  const std::uint64_t inodes = unlimited_inodes ? space / 2 : without_host(disk.f_files, kHostInodes);
  const std::uint64_t most = most_containers_on_disk(space, inodes);
  if (most < containers) {
    log_error("WARNING: partition holding " + path + " do not have space required for " +
              std::to_string(containers) + " containers\nThe maximum allowed value is " +
              std::to_string(most));
    log_error("Default disk space values will be used\n");
    return;
  }
  host.disk_kilobytes = space;
  host.disk_inodes = inodes;
}

Result<void> split_host(const Settings& settings, const std::optional<std::string>& file,
                        const Paths& paths) {
  std::uint64_t containers = 0;
  if (settings.containers) {
    containers = *settings.containers;
  } else {
    VZ_ASSIGN(containers, ask_containers());
  }
  if (containers < 1) return fail(ExitCode::invalid_value, "Incorrect value for number of containers.");
  WholeHost host;
  host.page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  VZ_ASSIGN(host.memory, host_memory());
  if (settings.swap) host.memory.swap = *settings.swap;
  VZ_TRY(check_memory(host.memory, containers));
  VZ_ASSIGN(host.threads, host_threads_max());
  const bool large = host.memory.low > std::uint64_t{2} << 30;
  host.threads = std::min(host.threads, large ? 2 * kMostThreads : kMostThreads);
  find_disk(paths, containers, host);
  VZ_ASSIGN(const Share share, share_of(host, containers));
  const std::string text = sample_text(host, containers, share, settings.vswap);
  if (!file) {
    std::fputs(text.c_str(), stdout);
    return {};
  }
  if (auto written = write_config_file(*file, text); !written)
    return fail(std::move(written), "Unable to create " + *file);
  log_error("Config " + *file + " was created");
  return {};
}

int run(const Settings& settings) {
  configure_log({.program = "vzsplit", .file = {}, .verbosity = 0});
  const auto global = load_global_config(test_prefix());
  const Paths paths = global ? global->paths : Paths(test_prefix());
  std::optional<std::string> file;
  if (settings.named) {
    file = paths.sample_config(settings.name);
    if (exists(*file)) {
      log_error("File " + *file + " already exist");
      return 1;
    }
  }
  if (auto done = split_host(settings, file, paths); !done) {
    log_error(done.error().text());
    return 1;
  }
  return 0;
}

}  // namespace

Tool vzsplit_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "vzsplit",
          .synopsis = {"[-n N] [-f NAME] [-s KB] [-v yes|no]"},
          .about =
              "Makes a configuration sample for containers that share this host equally.\n"
              "Exit codes: 0 done, 1 failed or usage.\n",
          .options = options_into(*settings),
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (!words.empty()) return refuse_usage(tool, "no arguments are taken");
            return run(*settings);
          }};
}

}  // namespace vz
