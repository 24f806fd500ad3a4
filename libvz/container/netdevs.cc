#include "libvz/container/netdevs.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/text.h"
#include "libvz/network/names.h"
#include "libvz/network/netlink.h"

namespace vz {

namespace {

struct Given {
  std::string name;  // on the host
  int index = 0;     // inside
};

std::vector<Given> read_given(const Paths& paths, Ctid ctid) {
  std::vector<Given> given;
  const auto text = read_file(paths.netdevs_of(ctid));
  for (const auto& line : split(text ? *text : std::string(), "\n")) {
    const auto words = split(line, " ");
    const auto index = words.size() == 2 ? parse_int(words[1]) : std::nullopt;
    if (index) given.push_back({words[0], static_cast<int>(*index)});
  }
  return given;
}

Result<void> write_given(const Paths& paths, Ctid ctid, const std::vector<Given>& given) {
  std::string text;
  for (const auto& one : given) text += one.name + " " + std::to_string(one.index) + "\n";
  return write_file_atomically(paths.netdevs_of(ctid), text, 0600);
}

Result<void> hold_netns(const Paths& paths, Ctid ctid, pid_t init_pid) {
  const std::string path = paths.held_netns_of(ctid);
  const std::string netns = "/proc/" + std::to_string(init_pid) + "/ns/net";
  VZ_ASSIGN(const Fd file, open_file(path, O_RDONLY | O_CREAT, 0600));
  if (mount(netns.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) < 0)
    return fail_errno(ExitCode::netdev, "mount the network namespace on " + path);
  return {};
}

Result<void> let_netns_go(const Paths& paths, Ctid ctid) {
  const std::string path = paths.held_netns_of(ctid);
  while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  for (const auto& file : {path, paths.netdevs_of(ctid)}) {
    if (unlink(file.c_str()) < 0 && errno != ENOENT) return fail_errno(ExitCode::netdev, "unlink " + file);
  }
  return {};
}

// By its index; if that is not known yet, as the one who moved it was killed, by its name.
Result<std::optional<LinkInfo>> find_inside(Netlink& inside, const Given& given) {
  VZ_ASSIGN(const auto links, inside.links());
  const auto found = std::ranges::find_if(links, [&](const LinkInfo& link) {
    return given.index != 0 ? link.index == given.index : link.name == given.name;
  });
  if (found == links.end()) return std::nullopt;
  return *found;
}

Result<void> fetch(const Paths& paths, Ctid ctid, const Given& given) {
  VZ_ASSIGN(const Fd own, open_file("/proc/self/ns/net", O_RDONLY));
  VZ_ASSIGN(const Fd held, open_file(paths.held_netns_of(ctid), O_RDONLY));
  VZ_ASSIGN(Netlink inside, Netlink::open_in(held.get()));
  VZ_ASSIGN(const auto link, find_inside(inside, given));
  VZ_ASSIGN(Netlink outside, Netlink::open());
  VZ_ASSIGN(const auto there, outside.find_link(given.name));
  if (link) {
    const std::string name = there ? "nd" + std::to_string(link->index) : given.name;
    if (there)
      log_error("Warning: the host has another network device " + given.name +
                " by now: that of the container comes back as " + name);
    return inside.move_link(link->index, own.get(), name);
  }
  if (!there) log_error("Warning: network device " + given.name + " is no more in the container");
  return {};
}

}  // namespace

Result<void> give_netdev(const Paths& paths, Ctid ctid, pid_t init_pid, const std::string& name) {
  VZ_ASSIGN(Netlink outside, Netlink::open());
  VZ_ASSIGN(const auto link, outside.find_link(name));
  if (!link)
    return fail(ExitCode::netdev, "Unable to add network device " + name + ": it is not on this host");
  if (is_host_end_name(name) || (link->flags & IFF_LOOPBACK) != 0) {
    return fail(ExitCode::netdev,
                "Unable to add network device " + name + ": it is needed on this host for containers");
  }
  auto given = read_given(paths, ctid);
  if (given.empty()) VZ_TRY(hold_netns(paths, ctid, init_pid));
  given.push_back({name, 0});
  VZ_TRY(write_given(paths, ctid, given));
  VZ_ASSIGN(const Fd held, open_file(paths.held_netns_of(ctid), O_RDONLY));
  if (auto moved = outside.move_link(link->index, held.get(), name); !moved)
    return fail(std::move(moved), "Unable to add network device " + name);
  VZ_ASSIGN(Netlink inside, Netlink::open_in(held.get()));
  VZ_ASSIGN(const auto arrived, find_inside(inside, given.back()));
  if (!arrived) return fail(ExitCode::netdev, "Network device " + name + " did not arrive in the container");
  given.back().index = arrived->index;
  return write_given(paths, ctid, given);
}

Result<void> take_back_netdev(const Paths& paths, Ctid ctid, const std::string& name) {
  auto given = read_given(paths, ctid);
  const auto one = std::ranges::find(given, name, &Given::name);
  if (one == given.end()) return {};
  if (auto fetched = fetch(paths, ctid, *one); !fetched)
    return fail(std::move(fetched), "Unable to give network device " + name + " back to the host");
  given.erase(one);
  if (given.empty()) return let_netns_go(paths, ctid);
  return write_given(paths, ctid, given);
}

Result<void> take_back_netdevs(const Paths& paths, Ctid ctid) {
  Result<void> all;
  for (const auto& name : given_netdevs(paths, ctid)) {
    if (auto one = take_back_netdev(paths, ctid, name); !one && all) all = std::move(one);
  }
  if (!all) return all;
  // Whoever was killed may have held it and given nothing.
  return let_netns_go(paths, ctid);
}

std::vector<std::string> given_netdevs(const Paths& paths, Ctid ctid) {
  std::vector<std::string> names;
  for (const auto& one : read_given(paths, ctid)) names.push_back(one.name);
  return names;
}

Result<void> require_no_netdevs(const Paths& paths, Ctid ctid) {
  const auto given = given_netdevs(paths, ctid);
  if (given.empty()) return {};
  return fail(ExitCode::checkpoint,
              "The container has network devices of this host (" + join(given, " ") +
                  "), which cannot be checkpointed: take them back first with vzctl set "
                  "--netdev_del");
}

}  // namespace vz
