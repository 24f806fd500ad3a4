#include "tools/vzboot/boot.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "libvz/config/container_id.h"
#include "libvz/core/file.h"
#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "tools/vzboot/jobs.h"
#include "tools/vzboot/marks.h"
#include "tools/vzboot/plan.h"

namespace vz {

namespace {

constexpr int kPasses = 3;
constexpr std::chrono::seconds kPause{2};

std::string up_file(const BootSettings& settings) {
  return settings.global.paths.run + "/boot-done";
}

std::vector<std::string> environment_of(const BootSettings& settings) {
  std::vector<std::string> environment = {kPathVariable, "LC_ALL=C", "HOME=/", "TERM=linux"};
  if (!settings.prefix.empty()) environment.push_back("VZ_PREFIX=" + settings.prefix);
  return environment;
}

std::vector<std::string> vzctl(const BootSettings& settings, const std::vector<std::string>& words) {
  std::vector<std::string> argv = {settings.vzctl()};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

std::string joined(const std::vector<Ctid>& ctids) {
  std::string text;
  for (const Ctid ctid : ctids) text += " " + std::to_string(ctid);
  return text;
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

// Without the program's path and the options that nobody asked for: "stop", "suspend", "start".
std::string word_of(const JobEnd& end) {
  const bool skips_lock = end.last.size() > 1 && end.last[1] == "--skiplock";
  return end.last.at(skips_lock ? 2 : 1);
}

void tell(const JobEnd& end) {
  const std::string what = "Container " + std::to_string(end.id) + " " + word_of(end) + ": ";
  if (end.exit_code == 0) {
    say(what + "ok");
    return;
  }
  std::string text = what + "failed with exit code " + std::to_string(end.exit_code);
  for (const auto& line : split(end.output, "\n")) text += "\n  " + line;
  log_error(text);
}

// The host's own settings are not worth a host that does not come up.
void set_up_host(const BootSettings& settings) {
  const auto set = [&](const std::vector<std::string>& words) {
    Command command;
    command.argv = vzctl(settings, {"--quiet", "set", "0"});
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.environment = environment_of(settings);
    command.timeout = std::chrono::seconds(60);
    if (const auto done = run_checked(command, ExitCode::system); !done) {
      log_error("Warning: " + done.error().text());
    }
  };
  if (!settings.host_cpuunits.empty()) set({"--cpuunits", settings.host_cpuunits});
  if (settings.reset_host_ub) set({"--reset_ub"});
}

// The marks of those that are not to be started, or are no more.
Result<void> drop_idle_marks(const BootSettings& settings) {
  const Paths& paths = settings.global.paths;
  for (const Ctid ctid : marked_containers(paths)) {
    const auto config = load_container_config(settings.global, ctid);
    const bool gone = !config && config.error().code() == ExitCode::no_container_config;
    const bool never = config && config->merged.onboot == false;
    if (gone || never || is_running(settings, ctid)) VZ_TRY(unmark_container(paths, ctid));
  }
  return {};
}

Job start_job(const BootSettings& settings, Ctid ctid) {
  return {.id = ctid, .steps = {{.argv = vzctl(settings, {"start", std::to_string(ctid)})}}};
}

// Limits would only make the end long.
Step lift_limits(const BootSettings& settings, Ctid ctid) {
  return {.argv = vzctl(settings, {"--quiet", "set", std::to_string(ctid), "--cpuunits", "2000", "--cpulimit",
                                   "0", "--iolimit", "0", "--iopslimit", "0"}),
          .counts = false};
}

Job stop_job(const BootSettings& settings, Ctid ctid, bool last_pass) {
  const std::string id = std::to_string(ctid);
  Job job{.id = ctid, .steps = {}};
  if (last_pass) {
    job.steps.push_back({.argv = vzctl(settings, {"--skiplock", "stop", id})});
    return job;
  }
  if (settings.suspend) job.steps.push_back({.argv = vzctl(settings, {"suspend", id})});
  job.steps.push_back(lift_limits(settings, ctid));
  job.steps.push_back({.argv = vzctl(settings, {"stop", id})});
  return job;
}

// Until the end of the pause, or an interrupt.
Result<void> pause_between_passes() {
  const auto end = std::chrono::steady_clock::now() + kPause;
  while (std::chrono::steady_clock::now() < end) {
    VZ_TRY(check_interrupt());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

Result<void> start_group(const BootSettings& settings, const Group& group) {
  say("Starting CT:" + joined(group));
  std::vector<Job> jobs;
  for (const Ctid ctid : group) jobs.push_back(start_job(settings, ctid));
  for (int pass = 1; !jobs.empty(); ++pass) {
    std::vector<Job> locked;
    VZ_TRY(run_jobs(jobs, settings.parallel, environment_of(settings), [&](const JobEnd& end) {
      const bool running = end.exit_code == 0 || end.exit_code == static_cast<int>(ExitCode::running);
      // Maybe by the vzctl that a killed run has left.
      if (end.exit_code == static_cast<int>(ExitCode::locked) && pass < kPasses) {
        locked.push_back(start_job(settings, end.id));
        return;
      }
      tell(end);
      if (!running) return;
      if (auto unmarked = unmark_container(settings.global.paths, end.id); !unmarked) {
        log_error("Warning: " + unmarked.error().text());
      }
    }));
    if (!locked.empty()) VZ_TRY(pause_between_passes());
    std::erase_if(locked, [&](const Job& job) { return is_running(settings, job.id); });
    jobs = std::move(locked);
  }
  return {};
}

// One that cannot be stopped does not hold up those that come after it.
Result<void> stop_pass(const BootSettings& settings, const std::vector<Group>& groups, bool last_pass) {
  for (const auto& group : groups) {
    say((settings.suspend && !last_pass ? "Suspending CT:" : "Stopping CT:") + joined(group));
    std::vector<Job> jobs;
    for (const Ctid ctid : group) jobs.push_back(stop_job(settings, ctid, last_pass));
    VZ_TRY(run_jobs(jobs, settings.parallel, environment_of(settings), tell));
  }
  return {};
}

Result<void> note_running(const BootSettings& settings, const std::vector<Ctid>& running) {
  const Paths& paths = settings.global.paths;
  VZ_TRY(mark_containers(paths, running));
  if (marks_are_in_use(paths)) return {};
  for (const Ctid ctid : marked_containers(paths)) {
    if (!is_running(settings, ctid)) VZ_TRY(unmark_container(paths, ctid));
  }
  return begin_using_marks(paths);
}

Result<void> unmount_all(const BootSettings& settings) {
  VZ_ASSIGN(const auto mounted, mounted_containers(settings));
  std::vector<Job> jobs;
  for (const Ctid ctid : mounted) {
    jobs.push_back({.id = ctid, .steps = {{.argv = vzctl(settings, {"umount", std::to_string(ctid)})}}});
  }
  return run_jobs(jobs, settings.parallel, environment_of(settings), tell);
}

}  // namespace

Result<void> boot(const BootSettings& settings) {
  const Paths& paths = settings.global.paths;
  set_up_host(settings);
  VZ_TRY(begin_using_marks(paths));
  VZ_ASSIGN(const auto groups, plan_start(settings));
  for (const auto& group : groups) VZ_TRY(start_group(settings, group));
  VZ_TRY(drop_idle_marks(settings));
  VZ_TRY(write_file_atomically(up_file(settings), ""));
  end_using_marks(paths);
  return {};
}

Result<void> shut_down(const BootSettings& settings) {
  VZ_ASSIGN(auto groups, plan_stop(settings));
  VZ_TRY(note_running(settings, flatten(groups)));
  for (int pass = 1; pass <= kPasses && !groups.empty(); ++pass) {
    if (pass > 1) VZ_TRY(pause_between_passes());
    VZ_TRY(stop_pass(settings, groups, pass == kPasses));
    VZ_ASSIGN(groups, plan_stop(settings));
  }
  VZ_TRY(unmount_all(settings));
  if (!groups.empty()) return fail(ExitCode::stop_failed, "Still running:" + joined(flatten(groups)));
  unlink(up_file(settings).c_str());
  return {};
}

bool is_up(const BootSettings& settings) {
  if (exists(up_file(settings))) return true;
  const auto groups = plan_stop(settings);
  return groups && !groups->empty();
}

}  // namespace vz
