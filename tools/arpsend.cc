#include <linux/if_ether.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "libvz/core/text.h"
#include "libvz/network/netlink.h"
#include "libvz/network/packet.h"
#include "libvz/network/packet_socket.h"
#include "tools/advertise.h"
#include "tools/tools.h"

namespace vz {

namespace {

// Source of the codes: arpsend of vzctl 4.x.
constexpr int kSystem = 2;
constexpr int kDetected = 3;
constexpr int kNoReply = 4;
constexpr size_t kMostTargets = 1024;

enum class Mode { none, update, detect, request, reply };

struct Settings {
  Mode mode = Mode::none;
  bool several_modes = false;
  std::vector<IpAddress> targets;
  std::optional<IpAddress> source;
  std::optional<unsigned> count;  // nothing: for ever
  unsigned timeout = 1;           // seconds
  std::optional<Mac> ethernet_source;
  std::optional<Mac> ethernet_target;
  std::optional<Mac> arp_source;
  std::optional<Mac> arp_target;
  bool at_once = false;
  bool verbose = false;
};

Option mode_option(std::string name, char letter, std::string help, Mode mode, Settings& settings) {
  return {.name = std::move(name),
          .letter = letter,
          .argument = {},
          .help = std::move(help),
          .take = [mode, &settings](const std::string&) -> Result<void> {
            settings.several_modes |= settings.mode != Mode::none && settings.mode != mode;
            settings.mode = mode;
            return {};
          }};
}

Option mac_option(std::string name, char letter, std::string help, std::optional<Mac>& into) {
  return {.name = std::move(name),
          .letter = letter,
          .argument = "MAC",
          .help = std::move(help),
          .take = [&into](const std::string& value) -> Result<void> {
            if (value == "broadcast") {
              into = kBroadcastMac;
              return {};
            }
            auto mac = parse_mac(value);
            if (!mac) return fail(ExitCode::invalid_value, "invalid hardware address '" + value + "'");
            into = *mac;
            return {};
          }};
}

Result<unsigned> positive(const std::string& value, const std::string& what) {
  auto number = parse_number(value, 1, 1000000000);
  if (!number) return fail(ExitCode::invalid_value, "invalid " + what + " '" + value + "'");
  return number;
}

Result<IpAddress> address(const std::string& value) {
  auto ip = parse_ip(value);
  if (!ip || ip->prefix) return fail(ExitCode::invalid_value, "invalid IP address '" + value + "'");
  return ip;
}

std::vector<Option> options_into(Settings& settings) {
  std::vector<Option> options = {
      mode_option("update", 'U', "tell the neighbours that this host has --src-ip", Mode::update, settings),
      mode_option("detect", 'D', "is another computer using the addresses?", Mode::detect, settings),
      mode_option("request", 'Q', "ask who has the addresses", Mode::request, settings),
      mode_option("reply", 'P', "send replies that nobody asked for", Mode::reply, settings),
      {.name = "src-ip",
       .letter = 'i',
       .argument = "ADDRESS",
       .help = "the sender's address (default: the interface's own)",
       .take = [&settings](const std::string& value) -> Result<void> {
         VZ_ASSIGN(settings.source, address(value));
         return {};
       }},
      {.name = "trg-ip",
       .letter = 'e',
       .argument = "ADDRESS",
       .help = "an address that is asked for; may be given 1024 times",
       .take = [&settings](const std::string& value) -> Result<void> {
         VZ_ASSIGN(const IpAddress ip, address(value));
         if (settings.targets.size() == kMostTargets)
           return fail(ExitCode::invalid_value, "too many addresses");
         settings.targets.push_back(ip);
         return {};
       }},
      {.name = "count",
       .letter = 'c',
       .argument = "N",
       .help = "send so often (default: without end)",
       .take = [&settings](const std::string& value) -> Result<void> {
         VZ_ASSIGN(settings.count, positive(value, "count"));
         return {};
       }},
      {.name = "timeout",
       .letter = 'w',
       .argument = "SECONDS",
       .help = "time between two sendings, and to wait for answers (default 1)",
       .take = [&settings](const std::string& value) -> Result<void> {
         VZ_ASSIGN(settings.timeout, positive(value, "timeout"));
         return {};
       }}};
  options.push_back(mac_option("src-hw", 's', "source in the Ethernet header", settings.ethernet_source));
  options.push_back(mac_option("trg-hw", 't', "target in the Ethernet header", settings.ethernet_target));
  options.push_back(mac_option("src-arp", 'S', "sender in the ARP packet", settings.arp_source));
  options.push_back(mac_option("trg-arp", 'T', "target in the ARP packet", settings.arp_target));
  options.push_back(flag_option("at-once", 'o', "end at the first answer", settings.at_once));
  options.push_back(flag_option("verbose", 'v', "print every packet", settings.verbose));
  return options;
}

std::string bad_usage(const Settings& settings, const std::vector<std::string>& words) {
  if (settings.several_modes || settings.mode == Mode::none)
    return "exactly one of --update, --detect, --request and --reply is needed";
  if (words.size() != 1) return words.empty() ? "no interface given" : "one interface only";
  if (settings.mode == Mode::update) return settings.source ? "" : "--update needs --src-ip";
  return settings.targets.empty() ? "no --trg-ip given" : "";
}

std::string lower_text(const Mac& mac) {
  std::string text = mac.text();
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// One run over one interface.
class Session {
 public:
  Session(const Tool& tool, const Settings& settings, LinkInfo link, std::optional<IpAddress> own)
      : tool_(tool), settings_(settings), link_(std::move(link)), own_(own) {
    if (settings_.targets.empty()) settings_.targets.push_back(*settings_.source);
    if (settings_.mode == Mode::detect && settings_.targets.size() == 1) settings_.at_once = true;
  }

  Result<int> run() {
    VZ_ASSIGN(socket_, open_packet_socket(link_.index, asks() ? ETH_P_ARP : 0));
    for (unsigned round = 0; !settings_.count || round < *settings_.count; ++round) {
      VZ_TRY(send_all());
      const bool last = settings_.count && round + 1 == *settings_.count;
      if (!asks() && last) break;
      VZ_TRY(listen());
      if (done()) break;
    }
    if (settings_.mode == Mode::detect) return answered_.empty() ? 0 : kDetected;
    return settings_.mode == Mode::request && answered_.empty() ? kNoReply : 0;
  }

 private:
  bool asks() const { return settings_.mode == Mode::detect || settings_.mode == Mode::request; }
  bool done() const {
    return asks() &&
           (answered_.size() == settings_.targets.size() || (settings_.at_once && !answered_.empty()));
  }

  Result<void> send_all() {
    for (const auto& target : settings_.targets) {
      ArpFrame frame = frame_to(target);
      VZ_TRY(send(frame));
      if (settings_.mode != Mode::update) continue;
      // Some hosts heed only replies.
      frame.reply = true;
      VZ_TRY(send(frame));
    }
    return {};
  }

  ArpFrame frame_to(const IpAddress& target) const {
    ArpFrame frame;
    frame.from = settings_.ethernet_source.value_or(link_.mac);
    frame.to = settings_.ethernet_target.value_or(kBroadcastMac);
    frame.reply = settings_.mode == Mode::reply;
    frame.sender_mac = settings_.arp_source.value_or(link_.mac);
    frame.sender = settings_.source ? *settings_.source : own_.value_or(IpAddress{AF_INET, {}, {}});
    frame.target_mac = settings_.arp_target.value_or(Mac{});
    frame.target = target;
    return frame;
  }

  Result<void> send(const ArpFrame& frame) const {
    if (settings_.verbose) {
      std::printf("send %s: %s (%s) to %s (%s), Ethernet %s to %s\n", frame.reply ? "reply" : "request",
                  frame.sender.address().c_str(), lower_text(frame.sender_mac).c_str(),
                  frame.target.address().c_str(), lower_text(frame.target_mac).c_str(),
                  lower_text(frame.from).c_str(), lower_text(frame.to).c_str());
    }
    return send_frame(socket_.get(), arp_frame(frame));
  }

  // Until the timeout is over or nothing more is awaited.
  Result<void> listen() {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::seconds(settings_.timeout);
    while (!done()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return {};
      // A socket that only sends gets nothing and sleeps.
      pollfd wait{socket_.get(), static_cast<short>(asks() ? POLLIN : 0), 0};
      const int ready = poll(&wait, 1, static_cast<int>(std::min<long long>(left, 60000)));
      if (ready < 0 && errno != EINTR) return fail_errno(ExitCode::netdev, "wait for answers");
      if (ready > 0) VZ_TRY(receive());
    }
    return {};
  }

  Result<void> receive() {
    char frame[2048];
    const ssize_t got = recv(socket_.get(), frame, sizeof frame, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) return {};
      return fail_errno(ExitCode::netdev, "receive on " + link_.name);
    }
    const auto claim = read_claim({frame, static_cast<size_t>(got)});
    const bool ours = claim && (claim->mac == link_.mac || claim->mac == settings_.arp_source);
    if (!claim || ours) return {};
    for (const auto& target : settings_.targets) {
      if (!target.same_address(claim->ip)) continue;
      if (settings_.verbose)
        std::printf("received: %s is %s\n", target.address().c_str(), lower_text(claim->mac).c_str());
      if (!answered_.insert(target.address()).second || settings_.mode != Mode::detect) continue;
      refuse(tool_, target.address() + " is detected on another computer : " + lower_text(claim->mac), 0);
    }
    return {};
  }

  const Tool& tool_;
  Settings settings_;
  LinkInfo link_;
  std::optional<IpAddress> own_;
  Fd socket_;
  std::set<std::string> answered_;
};

Result<int> run(const Tool& tool, const Settings& settings, const std::string& ifname) {
  VZ_ASSIGN(Netlink netlink, Netlink::open());
  VZ_ASSIGN(const LinkInfo link, usable_link(netlink, ifname));
  VZ_ASSIGN(const auto addresses, netlink.addresses());
  const auto own = std::ranges::find_if(addresses, [&](const InterfaceAddress& each) {
    return each.index == link.index && each.ip.family == AF_INET;
  });
  return Session(tool, settings, link, own == addresses.end() ? std::nullopt : std::optional(own->ip)).run();
}

// arpsend with an IPv6 address: for an update ndsend's work; nothing else has a meaning.
Result<int> run_ipv6(const Settings& settings, const std::string& ifname) {
  if (settings.mode != Mode::update) return 0;
  VZ_TRY(advertise(*settings.source, ifname));
  return 0;
}

bool is_ipv6(const IpAddress& ip) {
  return ip.family == AF_INET6;
}

}  // namespace

Tool arpsend_tool() {
  const auto settings = std::make_shared<Settings>();
  return {.name = "arpsend",
          .synopsis = {"--update --src-ip ADDRESS [options] INTERFACE",
                       "--detect --trg-ip ADDRESS [--trg-ip ADDRESS ...] [options] INTERFACE",
                       "--request --trg-ip ADDRESS [--trg-ip ADDRESS ...] [options] INTERFACE",
                       "--reply --trg-ip ADDRESS [--trg-ip ADDRESS ...] [options] INTERFACE"},
          .about =
              "Sends ARP packets: to announce an address, or to find out who has one.\n"
              "A MAC may also be the word broadcast.\n"
              "Exit codes: 0 done, with --detect also: nobody has it; 1 usage; 2 system;\n"
              "3 --detect: an address is used by another computer; 4 --request: no answer.\n",
          .options = options_into(*settings),
          .run = [settings](const Tool& tool, const std::vector<std::string>& words) {
            if (const std::string bad = bad_usage(*settings, words); !bad.empty())
              return refuse_usage(tool, bad);
            const bool ipv6 = std::ranges::any_of(settings->targets, is_ipv6) ||
                              (settings->source && is_ipv6(*settings->source));
            const auto code = ipv6 ? run_ipv6(*settings, words.front()) : run(tool, *settings, words.front());
            return code ? *code : refuse(tool, code.error().text(), kSystem);
          }};
}

}  // namespace vz
