#include "libvz/network/shaping.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "libvz/core/fd.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/network/filter.h"
#include "libvz/network/netlink.h"
#include "libvz/network/traffic_script.h"

namespace vz {

namespace {

struct ClassEntry {
  unsigned id = 0;
  Ctid ctid = 0;
  unsigned traffic_class = 0;
  std::string device;
};

constexpr unsigned kFirstLeaf = 0x100;
constexpr unsigned kLastLeaf = 0xffff;
// What HTB takes for no limit: 10 Gbit/s.
constexpr unsigned kFastest = 10'000'000;

// The file of all containers' classes, locked as long as this lives.
class ClassFile {
 public:
  static Result<ClassFile> open_locked(const Paths& paths) {
    VZ_TRY(make_directories(paths.run, 0755));
    ClassFile file;
    file.path_ = paths.run + "/tc_classes";
    VZ_ASSIGN(file.lock_, open_file(file.path_ + ".lock", O_RDWR | O_CREAT, 0600));
    while (flock(file.lock_.get(), LOCK_EX) < 0) {
      if (errno != EINTR) return fail_errno(ExitCode::set_rate, "lock " + file.path_);
    }
    const auto text = read_file(file.path_);
    for (const auto& line : split(text ? *text : std::string(), "\n")) {
      const auto words = split(line, " ");
      if (words.size() != 4) continue;
      const auto id = parse_unsigned(words[0]);
      const auto ctid = parse_unsigned(words[1]);
      const auto number = parse_unsigned(words[2]);
      if (id && ctid && number)
        file.entries.push_back(
            {static_cast<unsigned>(*id), static_cast<Ctid>(*ctid), static_cast<unsigned>(*number), words[3]});
    }
    return file;
  }

  Result<void> save() const {
    std::string text;
    for (const auto& one : entries) {
      text += std::to_string(one.id) + " " + std::to_string(one.ctid) + " " +
              std::to_string(one.traffic_class) + " " + one.device + "\n";
    }
    return write_file_atomically(path_, text, 0600);
  }

  // The number of a container's class of traffic, on whatever device.
  Result<unsigned> id_of(Ctid ctid, unsigned traffic_class) const {
    std::set<unsigned> used;
    for (const auto& one : entries) {
      if (one.ctid == ctid && one.traffic_class == traffic_class) return one.id;
      used.insert(one.id);
    }
    for (unsigned id = kFirstLeaf; id <= kLastLeaf; ++id) {
      if (!used.contains(id)) return id;
    }
    return fail(ExitCode::set_rate, "Unable to set rate: all HTB classes of this host are in use");
  }

  std::vector<ClassEntry> entries;

 private:
  std::string path_;
  Fd lock_;
};

Result<Finished> tc(std::vector<std::string> words, const std::string& input = "") {
  words.insert(words.begin(), "tc");
  Command command;
  command.argv = std::move(words);
  if (!input.empty()) command.input = input;
  command.timeout = std::chrono::seconds(30);
  auto finished = run(command);
  if (!finished)
    return std::unexpected(std::move(finished).error().context("tc").with_code(ExitCode::set_rate));
  return finished;
}

Result<void> tc_batch(const std::string& script) {
  VZ_ASSIGN(const Finished finished, tc({"-batch", "-"}, script));
  if (finished.ok()) return {};
  return fail(ExitCode::set_rate,
              "Unable to set rate: tc: " + finished.errors.substr(0, finished.errors.find('\n')));
}

Result<bool> has_our_queue(const std::string& device) {
  VZ_ASSIGN(const Finished shown, tc({"qdisc", "show", "dev", device, "root"}));
  return shown.ok() && shown.output.starts_with("qdisc htb 1: root");
}

// False after a warning: nothing can be shaped there.
Result<bool> make_queue(const std::string& device) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const auto link, netlink.find_link(device));
  if (!link) {
    log_error("Warning: RATE is not enforced on " + device + ": this host has no such interface (BANDWIDTH)");
    return false;
  }
  VZ_ASSIGN(const bool ours, has_our_queue(device));
  if (ours) return true;
  VZ_ASSIGN(const Finished added, tc({"qdisc", "add", "dev", device, "root", "handle", "1:", "htb"}));
  if (added.ok()) return true;
  const std::string why = added.errors.find("kind is unknown") != std::string::npos
                              ? "this kernel has no HTB queues (CONFIG_NET_SCH_HTB)"
                              : "it has a queueing discipline that is not ours (tc qdisc show dev " + device +
                                    "): " + std::string(trim(added.errors));
  log_error("Warning: RATE is not enforced on " + device + ": " + why);
  return false;
}

bool is_of(const RateRule& rule, const std::string& device) {
  return rule.device == "*" || rule.device == device;
}

// Of several for one class the one that names the device is meant.
std::vector<RateRule> rules_of(const std::vector<RateRule>& rules, const std::string& device) {
  std::map<unsigned, RateRule> by_class;
  for (const auto& rule : rules) {
    if (!is_of(rule, device)) continue;
    if (rule.device == "*" && by_class.contains(rule.traffic_class)) continue;
    by_class[rule.traffic_class] = rule;
  }
  std::vector<RateRule> found;
  for (const auto& [number, rule] : by_class) found.push_back(rule);
  return found;
}

unsigned ceiling(const RateRule& rate, const ContainerTraffic& traffic, const HtbDevice& device) {
  if (traffic.bound) return rate.kbits;
  const auto total = std::ranges::find(device.total_rates, rate.traffic_class, &RateRule::traffic_class);
  const unsigned most =
      total != device.total_rates.end() ? total->kbits : device.link_kbits.value_or(kFastest);
  return std::max(rate.kbits, most);
}

// The classes on devices that these entries speak of; what is not there is fine.
Result<void> remove_classes(const std::vector<ClassEntry>& gone, const std::vector<ClassEntry>& left) {
  std::set<std::string> devices;
  for (const auto& one : gone) {
    VZ_TRY(tc({"class", "del", "dev", one.device, "classid", htb_handle(one.id)}));
    devices.insert(one.device);
  }
  for (const auto& device : devices) {
    if (std::ranges::find(left, device, &ClassEntry::device) != left.end()) continue;
    VZ_ASSIGN(const bool ours, has_our_queue(device));
    if (ours) VZ_TRY(tc({"qdisc", "del", "dev", device, "root"}));
  }
  return {};
}

std::vector<ClassEntry> take_entries(ClassFile& file, Ctid ctid) {
  std::vector<ClassEntry> own;
  std::ranges::copy_if(file.entries, std::back_inserter(own),
                       [&](const ClassEntry& one) { return one.ctid == ctid; });
  std::erase_if(file.entries, [&](const ClassEntry& one) { return one.ctid == ctid; });
  return own;
}

Result<void> check_names(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (!is_valid_interface_name(name)) return fail(ExitCode::set_rate, "bad interface name '" + name + "'");
  }
  return {};
}

// Adds the container's leaves on one uplink to the file and the kernel.
Result<void> shape_device(ClassFile& file, const HtbDevice& device, const ContainerTraffic& traffic) {
  const auto rates = rules_of(traffic.rates, device.name);
  if (rates.empty()) return {};
  VZ_ASSIGN(const bool ready, make_queue(device.name));
  if (!ready) return {};
  std::vector<HtbLeaf> leaves;
  for (const auto& rate : rates) {
    VZ_ASSIGN(const unsigned id, file.id_of(traffic.ctid, rate.traffic_class));
    leaves.push_back({.id = id,
                      .traffic_class = rate.traffic_class,
                      .rate_kbits = rate.kbits,
                      .ceiling_kbits = ceiling(rate, traffic, device)});
    file.entries.push_back({id, traffic.ctid, rate.traffic_class, device.name});
  }
  // First on the disk: what is not known cannot be removed.
  VZ_TRY(file.save());
  return tc_batch(htb_script(device, leaves));
}

}  // namespace

Result<void> shape_traffic(const Paths& paths, const ShapingOptions& options,
                           const ContainerTraffic& traffic) {
  VZ_TRY(check_names(traffic.host_ends));
  VZ_ASSIGN(ClassFile file, ClassFile::open_locked(paths));
  const auto before = take_entries(file, traffic.ctid);
  // The same numbers again, so that packets on their way keep their class.
  std::vector<ClassEntry> gone = before;
  for (const auto& link : options.links) {
    VZ_TRY(check_names({link.device}));
    const HtbDevice device{link.device, link.kbits, rules_of(options.total_rates, link.device)};
    VZ_TRY(shape_device(file, device, traffic));
  }
  std::erase_if(gone, [&](const ClassEntry& old) {
    return std::ranges::any_of(file.entries, [&](const ClassEntry& now) {
      return now.id == old.id && now.ctid == old.ctid && now.device == old.device;
    });
  });
  std::vector<TrafficMark> marks;
  for (const auto& one : file.entries) {
    if (one.ctid == traffic.ctid) marks.push_back({one.traffic_class, one.id});
  }
  VZ_TRY(apply_filter({}, traffic_script(traffic.ctid, traffic.host_ends, options.classes, marks)));
  VZ_TRY(remove_classes(gone, file.entries));
  return file.save();
}

Result<void> unshape_traffic(const Paths& paths, Ctid ctid, const std::vector<std::string>& host_ends) {
  VZ_TRY(check_names(host_ends));
  if (!exists(paths.run + "/tc_classes")) return {};
  VZ_ASSIGN(ClassFile file, ClassFile::open_locked(paths));
  VZ_TRY(apply_filter({}, traffic_clear_script(ctid, host_ends)));
  const auto gone = take_entries(file, ctid);
  VZ_TRY(remove_classes(gone, file.entries));
  return file.save();
}

Result<std::vector<LinkBandwidth>> shaped_links(const std::vector<LinkBandwidth>& bandwidth) {
  if (!bandwidth.empty()) return bandwidth;
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  // An address that is nowhere (RFC 5737) is reached by the default route.
  VZ_ASSIGN(const IpAddress elsewhere, parse_ip("192.0.2.1"));
  VZ_ASSIGN(const auto route, netlink.route_to(elsewhere));
  if (!route) return std::vector<LinkBandwidth>{};
  VZ_ASSIGN(const auto links, netlink.links());
  const auto link = std::ranges::find(links, route->index, &LinkInfo::index);
  if (link == links.end()) return std::vector<LinkBandwidth>{};
  return std::vector<LinkBandwidth>{{link->name, std::nullopt}};
}

}  // namespace vz
