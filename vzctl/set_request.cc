#include "vzctl/set_request.h"

#include "libvz/config/parameter_table.h"
#include "vzctl/parameter_options.h"
#include "vzctl/stage_options.h"

namespace vz {

namespace {

Option flag(const std::string& name, const std::string& help, bool& target) {
  return {.name = name, .argument = {}, .help = help, .take = [&target](const std::string&) -> Result<void> {
            target = true;
            return {};
          }};
}

Option setmode_option(SetRequest& request) {
  return {.name = "setmode",
          .argument = "restart|ignore",
          .help = "what to do when a running container must be restarted for a change",
          .take = [&request](const std::string& value) -> Result<void> {
            if (value == "restart") {
              request.mode = SetRequest::Mode::restart;
            } else if (value == "ignore") {
              request.mode = SetRequest::Mode::ignore;
            } else {
              return fail(ExitCode::invalid_value, "Bad parameter for --setmode: " + value);
            }
            return {};
          }};
}

Option applyconfig_map_option(SetRequest& request) {
  return {.name = "applyconfig_map",
          .argument = "name",
          .help = {},
          .take = [&request](const std::string& value) -> Result<void> {
            if (value != "name")
              return fail(ExitCode::invalid_value, "Bad parameter for --applyconfig_map: " + value);
            request.remake_name_link = true;
            return {};
          }};
}

Option userpasswd_option(SetRequest& request) {
  return {.name = "userpasswd",
          .argument = "USER:PASSWORD",
          .help = "set the password of a user inside",
          .take = [&request](const std::string& value) -> Result<void> {
            const size_t colon = value.find(':');
            if (colon == std::string::npos || colon == 0 || value.find('\n') != std::string::npos) {
              // Not the value: what is wrong may be the password, and this goes to the log.
              return fail(ExitCode::invalid_value, "Bad parameter for --userpasswd: expecting user:password");
            }
            request.passwords.push_back(value);
            return {};
          }};
}

Option applyconfig_option(SetRequest& request) {
  return {.name = "applyconfig",
          .argument = "SAMPLE",
          .help = "take the parameters of ve-SAMPLE.conf-sample",
          .take = [&request](const std::string& value) -> Result<void> {
            if (value.empty() || value.find('/') != std::string::npos) {
              return fail(ExitCode::invalid_value, "Bad parameter for --applyconfig: " + value);
            }
            if (!request.sample) request.sample = value;
            return {};
          }};
}

Result<void> check_save_only(const SetRequest& request) {
  if (request.save) return {};
  for (const auto& row : parameter_table()) {
    if (row.save_only == ExitCode::ok || !row.print(request.changes.given)) continue;
    return fail(row.save_only,
                "Error: unable to use --" + std::string(row.options.front().name) + " option without --save");
  }
  if (request.force) return fail(ExitCode::invalid_syntax, "Error: --force is useless without --save");
  if (request.mode == SetRequest::Mode::restart) {
    return fail(ExitCode::invalid_syntax, "Error: --setmode restart doesn't make sense without --save flag");
  }
  return {};
}

Result<void> check_combinations(const SetRequest& request) {
  const Parameters& given = request.changes.given;
  if (given.nodemask && !given.cpumask)
    return fail(ExitCode::invalid_syntax, "Error: option --nodemask requires --cpumask");
  if (given.cpumask && given.cpumask->kind == IdMask::Kind::automatic && !given.nodemask)
    return fail(ExitCode::invalid_syntax, "Error: --cpumask auto requires --nodemask");
  if (request.offline_resize && !given.diskspace) {
    return fail(ExitCode::invalid_syntax, "Error: option --offline-resize can only be used with --diskspace");
  }
  return {};
}

}  // namespace

std::vector<Option> set_options(SetRequest& request) {
  std::vector<Option> options = {
      flag("save", "write the changes to the container's configuration", request.save),
      flag("force", "accepted together with --save, as older versions needed it", request.force),
      setmode_option(request),
      applyconfig_option(request),
      applyconfig_map_option(request),
      userpasswd_option(request),
      flag("reset_ub", "apply the configured limits again; alone", request.reset_ub),
      flag("skip_arpdetect", "", request.skip_arpdetect),
      flag("offline-resize", "with --diskspace: resize the image of a stopped container",
           request.offline_resize),
      flag("offline", "", request.offline_resize),
  };
  for (auto& each : parameter_options(kSet, request.changes)) options.push_back(std::move(each));
  for (auto& each : list_options(request.changes)) options.push_back(std::move(each));
  return options;
}

Result<SetRequest> parse_set(const CommandLine& line) {
  SetRequest request;
  VZ_TRY(parse_only_options(
      {.program = line.program, .unknown = ExitCode::invalid_value, .refused_letters = "h"},
      set_options(request), line.words));
  if (request.reset_ub && line.words.size() != 1) {
    return fail(ExitCode::invalid_syntax, "Error: option --reset_ub is exclusive");
  }
  VZ_TRY(check_list_options(request.changes));
  VZ_TRY(check_combinations(request));
  VZ_TRY(check_save_only(request));
  return request;
}

}  // namespace vz
