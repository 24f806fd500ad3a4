#include "libvz/host/process_container.h"

#include <algorithm>

#include "libvz/core/file.h"
#include "libvz/core/text.h"
#include "libvz/host/cgroup_layout.h"

namespace vz {

namespace {

constexpr std::string_view kContainers = "/vz/";

// A status' name has line breaks and backslashes written as \n and \\.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

Ctid ctid_in_cgroups(std::string_view cgroups) {
  for (const auto& line : split(cgroups, "\n")) {
    // ID:CONTROLLERS:PATH
    const size_t second = line.find(':', line.find(':') + 1);
    if (second == std::string::npos) continue;
    const std::string_view path = std::string_view(line).substr(second + 1);
    if (!path.starts_with(kContainers)) continue;
    const std::string_view number = path.substr(kContainers.size());
    const auto ctid = parse_unsigned(number.substr(0, number.find('/')));
    if (ctid && *ctid > 0 &&
        container_cgroup_path(static_cast<Ctid>(*ctid)) == path.substr(0, path.find('/', kContainers.size())))
      return static_cast<Ctid>(*ctid);
  }
  return 0;
}

ProcessStatus parse_process_status(std::string_view status) {
  ProcessStatus out;
  for (const auto& line : split(status, "\n")) {
    if (line.starts_with("Name:\t")) out.name = unescape(std::string_view(line).substr(6));
    if (!line.starts_with("NSpid:")) continue;
    // First as the reader sees it, then one namespace further in each.
    const auto pids = split(line.substr(6), " \t");
    if (pids.size() > 1) out.inner_pid = static_cast<pid_t>(parse_int(pids[1]).value_or(0));
  }
  return out;
}

std::optional<Ctid> find_container_of(pid_t pid) {
  const auto cgroups = read_file("/proc/" + std::to_string(pid) + "/cgroup");
  if (!cgroups) return std::nullopt;
  return ctid_in_cgroups(*cgroups);
}

std::optional<ContainedProcess> find_process(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto cgroups = read_file(directory + "/cgroup");
  const auto status = read_file(directory + "/status");
  if (!cgroups || !status || status->empty()) return std::nullopt;
  const ProcessStatus parsed = parse_process_status(*status);
  ContainedProcess process{
      .pid = pid, .ctid = ctid_in_cgroups(*cgroups), .inner_pid = pid, .name = parsed.name};
  if (process.ctid != 0 && parsed.inner_pid != 0) process.inner_pid = parsed.inner_pid;
  return process;
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  const auto names = list_directory("/proc");
  if (!names) return pids;
  for (const auto& name : *names) {
    if (const auto pid = parse_unsigned(name)) pids.push_back(static_cast<pid_t>(*pid));
  }
  std::ranges::sort(pids);
  return pids;
}

}  // namespace vz
