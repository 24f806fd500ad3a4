#include "libvz/container/live_addresses.h"

#include <unistd.h>

#include <cerrno>

#include "libvz/container/network.h"
#include "libvz/core/file.h"
#include "libvz/core/text.h"

namespace vz {

namespace {

std::string record_of(const Paths& paths, Ctid ctid) {
  return paths.state + "/veip/" + std::to_string(ctid);
}

}  // namespace

std::vector<IpAddress> live_addresses(const GlobalConfig& global, const ContainerConfig& config) {
  const auto text = read_file(record_of(global.paths, config.ctid));
  if (!text) return used_addresses(global, config.merged);
  std::vector<IpAddress> ips;
  for (const auto& word : split(*text, " \n")) {
    if (const auto ip = parse_ip(word)) ips.push_back(*ip);
  }
  return ips;
}

Result<void> record_live_addresses(const Paths& paths, Ctid ctid, const std::vector<IpAddress>& ips) {
  std::vector<std::string> words;
  for (const auto& ip : ips) words.push_back(ip.text());
  VZ_TRY(make_directories(paths.state + "/veip"));
  return write_file_atomically(record_of(paths, ctid), join(words, " ") + "\n");
}

Result<void> forget_live_addresses(const Paths& paths, Ctid ctid) {
  const std::string path = record_of(paths, ctid);
  if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + path);
  return {};
}

}  // namespace vz
