#include "libvz/network/filter.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>

#include "libvz/core/process.h"
#include "libvz/core/text.h"
#include "libvz/network/names.h"

namespace vz {

namespace {

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string set_name(int family, const std::string& host_name) {
  return (family == AF_INET6 ? "ip6_" : "ip4_") + host_name;
}

std::string declare_set(int family, const std::string& host_name) {
  return "add set inet vz " + set_name(family, host_name) +
         (family == AF_INET6 ? " { type ipv6_addr; }\n" : " { type ipv4_addr; }\n");
}

std::string add_addresses(int family, const std::string& host_name, const std::vector<IpAddress>& ips) {
  std::vector<std::string> texts;
  for (const auto& ip : ips) {
    if (ip.family == family) texts.push_back(ip.address());
  }
  if (texts.empty()) return "";
  return "add element inet vz " + set_name(family, host_name) + " { " + join(texts, ", ") + " }\n";
}

std::string chain_name(const std::string& host_name) {
  return "from_" + host_name;
}

std::string jump_element(const std::string& host_name) {
  return " vz ends { " + quoted(host_name) + " : jump " + chain_name(host_name) + " }\n";
}

std::string gate_element(const std::string& host_name) {
  return " vz gate { " + quoted(host_name) + " }\n";
}

// nft 1.0 cannot remove what may not be there; adding it first makes sure that it is.
std::string clear_chain(const std::string& family, const std::string& host_name) {
  const std::string chain = " chain " + family + " vz " + chain_name(host_name) + "\n";
  return "add" + chain + "add element " + family + jump_element(host_name) + "delete element " + family +
         jump_element(host_name) + "add element " + family + gate_element(host_name) + "delete element " +
         family + gate_element(host_name) + "flush" + chain + "delete" + chain;
}

// The venet chain: neighbour discovery with link-local addresses is of this link only and cannot claim
// anything elsewhere; router advertisements are not let through.
std::string venet_chain(const std::string& host_name) {
  const std::string rule = "add rule inet vz " + chain_name(host_name) + " ";
  const std::string chain = " chain inet vz " + chain_name(host_name) + "\n";
  return "add" + chain + "flush" + chain + rule + "ip saddr @" + set_name(AF_INET, host_name) + " accept\n" +
         rule + "ip6 saddr @" + set_name(AF_INET6, host_name) + " accept\n" + rule +
         "ip6 saddr { ::, fe80::/10 } icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "
         "nd-router-solicit } accept\n" +
         rule + "counter drop\n";
}

}  // namespace

bool is_valid_interface_name(std::string_view name) {
  const auto allowed = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' || character == '_' || character == '-';
  };
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::ranges::all_of(name, allowed);
}

std::string base_filter_script(FilterFamily family) {
  const std::string table = family == FilterFamily::inet ? "inet vz" : "bridge vz";
  const auto chain = [&](const std::string& name, const std::string& priority) {
    return "add chain " + table + " " + name + " { type filter hook " + name + " priority " + priority +
           "; policy accept; }\nflush chain " + table + " " + name + "\n";
  };
  // Before connection tracking (-200), destination NAT and every usual chain on the way in; after them on the
  // way out.
  return "add table " + table + "\nadd set " + table + " gate { type ifname; }\nadd map " + table +
         " ends { type ifname : verdict; }\n" + chain("prerouting", "-400") + "add rule " + table +
         " prerouting iifname @gate drop\nadd rule " + table + " prerouting iifname vmap @ends\n" +
         chain("postrouting", "400") + "add rule " + table + " postrouting oifname @gate drop\n";
}

std::string venet_filter_script(Ctid ctid, const std::vector<IpAddress>& ips) {
  const std::string name = venet_host_name(ctid);
  std::string script;
  for (const int family : {AF_INET, AF_INET6}) {
    script += declare_set(family, name) + "flush set inet vz " + set_name(family, name) + "\n" +
              add_addresses(family, name, ips);
  }
  return script + venet_chain(name) + "add element inet" + jump_element(name);
}

std::string venet_add_script(Ctid ctid, const IpAddress& ip) {
  const std::string name = venet_host_name(ctid);
  return declare_set(AF_INET, name) + declare_set(AF_INET6, name) + add_addresses(ip.family, name, {ip}) +
         venet_chain(name) + "add element inet" + jump_element(name);
}

std::string venet_remove_script(Ctid ctid, const IpAddress& ip) {
  const std::string name = venet_host_name(ctid);
  return declare_set(ip.family, name) + add_addresses(ip.family, name, {ip}) + "delete element inet vz " +
         set_name(ip.family, name) + " { " + ip.address() + " }\n";
}

std::string venet_clear_script(Ctid ctid) {
  const std::string name = venet_host_name(ctid);
  std::string script = clear_chain("inet", name);
  for (const int family : {AF_INET, AF_INET6}) {
    script += declare_set(family, name) + "delete set inet vz " + set_name(family, name) + "\n";
  }
  return script;
}

std::string veth_filter_script(const std::string& host_ifname, const Mac& mac) {
  std::string script;
  for (const std::string family : {"bridge", "inet"}) {
    const std::string chain = " chain " + family + " vz " + chain_name(host_ifname) + "\n";
    const std::string rule = "add rule " + family + " vz " + chain_name(host_ifname) + " ";
    script += "add" + chain + "flush" + chain + rule + "ether saddr != " + mac.text() + " counter drop\n";
    if (family == "bridge") script += rule + "arp saddr ether != " + mac.text() + " counter drop\n";
    script += "add element " + family + jump_element(host_ifname);
  }
  return script;
}

std::string veth_clear_script(const std::string& host_ifname) {
  return clear_chain("bridge", host_ifname) + clear_chain("inet", host_ifname);
}

Result<void> apply_filter(const std::vector<FilterFamily>& families, const std::string& script) {
  std::string whole;
  for (const FilterFamily family : families) whole += base_filter_script(family);
  Command nft;
  nft.argv = {"nft", "-f", "-"};
  nft.input = whole + script;
  nft.timeout = std::chrono::seconds(30);
  auto finished = run(nft);
  if (!finished)
    return std::unexpected(std::move(finished).error().context("nft").with_code(ExitCode::netdev));
  if (finished->ok()) return {};
  const std::string& errors = finished->errors;
  return fail(ExitCode::netdev, "nft: " + errors.substr(0, errors.find('\n')));
}

}  // namespace vz
