#include "libvz/host/run_state.h"

#include <cerrno>
#include <map>

#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::string state_file(const Paths& paths, Ctid ctid) {
  return paths.run_of(ctid) + "/state";
}

}  // namespace

std::optional<std::uint64_t> process_start_time(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return std::nullopt;
  // The second field is the program's name in parentheses and may hold anything.
  const auto close = stat->rfind(')');
  if (close == std::string::npos) return std::nullopt;
  const auto fields = split(std::string_view(*stat).substr(close + 1), " ");
  if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  const auto start = parse_unsigned(fields[19]);
  if (!start) return std::nullopt;
  return *start;
}

namespace {

// Nothing: there is none.
Result<std::optional<RunState>> read_run_state(const Paths& paths, Ctid ctid) {
  auto text = read_file(state_file(paths, ctid));
  if (!text) {
    if (text.error().errno_value() == ENOENT || text.error().errno_value() == ENOTDIR) return std::nullopt;
    return fail(std::move(text));
  }
  std::map<std::string, unsigned long long> values;
  for (const auto& line : split(*text, "\n")) {
    const auto equals = line.find('=');
    const auto value = equals == std::string::npos ? std::nullopt : parse_unsigned(line.substr(equals + 1));
    if (!value) return fail(ExitCode::system, "Unreadable run state " + state_file(paths, ctid));
    values[line.substr(0, equals)] = *value;
  }
  RunState state;
  state.init_pid = static_cast<pid_t>(values["INIT_PID"]);
  state.init_start = values["INIT_START"];
  state.monitor_pid = static_cast<pid_t>(values["MONITOR_PID"]);
  state.monitor_start = values["MONITOR_START"];
  state.frozen = values["FROZEN"] != 0;
  state.undumped = values["UNDUMPED"] != 0;
  return state;
}

}  // namespace

Result<std::optional<RunState>> load_run_state(const Paths& paths, Ctid ctid) {
  VZ_ASSIGN(auto state, read_run_state(paths, ctid));
  if (state && process_start_time(state->init_pid) != state->init_start) return std::nullopt;
  return state;
}

pid_t recorded_init(const Paths& paths, Ctid ctid) {
  const auto state = read_run_state(paths, ctid);
  return state && *state ? (*state)->init_pid : 0;
}

Result<void> save_run_state(const Paths& paths, Ctid ctid, const RunState& state) {
  VZ_TRY(open_run_state(paths, ctid));
  std::string text;
  const auto add = [&text](const char* key, unsigned long long value) {
    text += std::string(key) + "=" + std::to_string(value) + "\n";
  };
  add("INIT_PID", static_cast<unsigned long long>(state.init_pid));
  add("INIT_START", state.init_start);
  add("MONITOR_PID", static_cast<unsigned long long>(state.monitor_pid));
  add("MONITOR_START", state.monitor_start);
  add("FROZEN", state.frozen ? 1 : 0);
  add("UNDUMPED", state.undumped ? 1 : 0);
  return write_file_atomically(state_file(paths, ctid), text, 0600);
}

Result<void> open_run_state(const Paths& paths, Ctid ctid) {
  VZ_TRY(make_directories(paths.run, 0755));
  return make_directories(paths.run_of(ctid), 0700);
}

Result<void> remove_run_state(const Paths& paths, Ctid ctid) {
  return remove_tree(paths.run_of(ctid));
}

Result<std::vector<Ctid>> ctids_with_run_state(const Paths& paths) {
  std::vector<Ctid> ctids;
  if (!is_directory(paths.run)) return ctids;
  VZ_ASSIGN(const auto names, list_directory(paths.run));
  for (const auto& name : names) {
    if (const auto id = parse_unsigned(name); id && *id <= 2147483644)
      ctids.push_back(static_cast<Ctid>(*id));
  }
  return ctids;
}

}  // namespace vz
