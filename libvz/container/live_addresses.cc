#include "libvz/container/live_addresses.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "libvz/container/network.h"
#include "libvz/core/fd.h"
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
  // It means something until the next boot only, so it need not outlive a power loss.
  const std::string path = record_of(paths, ctid);
  const std::string fresh = path + ".tmp";
  {
    VZ_ASSIGN(const Fd fd, open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644));
    VZ_TRY(write_all(fd.get(), join(words, " ") + "\n"));
  }
  if (rename(fresh.c_str(), path.c_str()) < 0) return fail_errno(ExitCode::system, "rename " + fresh);
  return {};
}

Result<void> forget_live_addresses(const Paths& paths, Ctid ctid) {
  const std::string path = record_of(paths, ctid);
  if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::system, "unlink " + path);
  return {};
}

}  // namespace vz
