#include "libvz/network/traffic_script.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <set>

namespace vz {

namespace {

// 1:1 is the link, 1:2 to 1:11 (hexadecimal) are the traffic classes with a total rate.
constexpr unsigned kLink = 1;
constexpr unsigned kFirstTotal = 2;

// One direction in one family of tables.
struct Way {
  std::string family;
  std::string name;  // sent or received
};

constexpr const char* kFamilies[] = {"inet", "bridge"};
constexpr const char* kSent = "sent";
constexpr const char* kReceived = "received";

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const char* family : kFamilies) {
    for (const char* name : {kSent, kReceived}) all.push_back({family, name});
  }
  return all;
}

std::string chain(const Way& way, Ctid ctid) {
  return way.name + "_" + std::to_string(ctid);
}

std::string counter(const Way& way, Ctid ctid, unsigned traffic_class) {
  return chain(way, ctid) + "_" + std::to_string(traffic_class);
}

std::set<unsigned> numbers_of(const std::vector<ClassNetwork>& classes) {
  std::set<unsigned> numbers;
  for (const auto& one : classes) numbers.insert(one.traffic_class);
  return numbers;
}

std::string mark_statement(unsigned traffic_class, const std::vector<TrafficMark>& marks) {
  const auto mark = std::ranges::find(marks, traffic_class, &TrafficMark::traffic_class);
  return mark == marks.end() || !mark->id ? "" : "meta priority set " + htb_handle(*mark->id) + " ";
}

std::string way_script(const Way& way, Ctid ctid, const std::vector<ClassNetwork>& classes,
                       const std::vector<TrafficMark>& marks) {
  const bool sent = way.name == kSent;
  const std::string name = way.family + " vz " + chain(way, ctid);
  std::string script = "add chain " + name + "\nflush chain " + name + "\n";
  for (const unsigned number : numbers_of(classes))
    script += "add counter " + way.family + " vz " + counter(way, ctid, number) + "\n";
  for (const auto& one : classes) {
    script += "add rule " + name + (one.network.family == AF_INET6 ? " ip6 " : " ip ") +
              (sent ? "daddr " : "saddr ") + one.network.text() + " counter name " +
              counter(way, ctid, one.traffic_class) + " " +
              (sent ? mark_statement(one.traffic_class, marks) : "") + "return\n";
  }
  return script;
}

// The hook: what leaves for elsewhere, after the kernel has set the priority of forwarded packets anew.
std::string base_script(const std::string& family) {
  const std::string table = family + " vz";
  return "add table " + table + "\nadd map " + table + " sent { type ifname : verdict; }\nadd map " + table +
         " received { type ifname : verdict; }\nadd chain " + table +
         " forward { type filter hook forward priority 400; policy accept; }\nflush chain " + table +
         " forward\nadd rule " + table + " forward iifname vmap @sent\nadd rule " + table +
         " forward oifname vmap @received\n";
}

std::string element(const Way& way, Ctid ctid, const std::string& end) {
  return " element " + way.family + " vz " + way.name + " { \"" + end + "\" : jump " + chain(way, ctid) +
         " }\n";
}

}  // namespace

std::string htb_handle(unsigned id) {
  char text[16];
  std::snprintf(text, sizeof text, "1:%x", id);
  return text;
}

std::string traffic_script(Ctid ctid, const std::vector<std::string>& host_ends,
                           const std::vector<ClassNetwork>& classes, const std::vector<TrafficMark>& marks) {
  std::string script;
  for (const char* family : kFamilies) script += base_script(family);
  for (const auto& way : ways()) {
    script += way_script(way, ctid, classes, marks);
    for (const auto& end : host_ends) script += "add" + element(way, ctid, end);
  }
  return script;
}

std::string traffic_clear_script(Ctid ctid, const std::vector<std::string>& host_ends) {
  constexpr unsigned kClasses = 16;
  std::string script;
  for (const char* family : kFamilies) script += base_script(family);
  for (const auto& way : ways()) {
    // nft 1.0 cannot remove what may not be there.
    const std::string name = " chain " + way.family + " vz " + chain(way, ctid) + "\n";
    script += "add" + name;
    for (const auto& end : host_ends) {
      script += "add" + element(way, ctid, end);
      script += "delete" + element(way, ctid, end);
    }
    script += "flush" + name + "delete" + name;
    for (unsigned number = 0; number < kClasses; ++number) {
      const std::string one = " counter " + way.family + " vz " + counter(way, ctid, number) + "\n";
      script += "add" + one + "delete" + one;
    }
  }
  return script;
}

std::string htb_script(const HtbDevice& device, const std::vector<HtbLeaf>& leaves) {
  // Enough bytes at a time for the fastest, and none of the kernel's warnings.
  constexpr unsigned kQuantum = 15140;
  const auto add = [&](const std::string& parent, unsigned id, unsigned rate, unsigned ceiling) {
    return "class replace dev " + device.name + " parent " + parent + " classid " + htb_handle(id) +
           " htb rate " + std::to_string(rate) + "kbit ceil " + std::to_string(ceiling) + "kbit quantum " +
           std::to_string(kQuantum) + "\n";
  };
  std::string script;
  std::string top = "1:";
  if (device.link_kbits) {
    script += add(top, kLink, *device.link_kbits, *device.link_kbits);
    top = htb_handle(kLink);
  }
  for (const auto& total : device.total_rates)
    script += add(top, kFirstTotal + total.traffic_class, total.kbits, total.kbits);
  for (const auto& leaf : leaves) {
    const bool has_total = std::ranges::find(device.total_rates, leaf.traffic_class,
                                             &RateRule::traffic_class) != device.total_rates.end();
    script += add(has_total ? htb_handle(kFirstTotal + leaf.traffic_class) : top, leaf.id, leaf.rate_kbits,
                  leaf.ceiling_kbits);
  }
  return script;
}

}  // namespace vz
