#include <sys/socket.h>

#include "tools/advertise.h"
#include "tools/tools.h"

namespace vz {

namespace {

constexpr int kSystem = 2;
constexpr int kBadAddress = 255;

}  // namespace

Tool ndsend_tool() {
  return {.name = "ndsend",
          .synopsis = {"ADDRESS INTERFACE"},
          .about =
              "Tells all IPv6 neighbours that this host's INTERFACE has ADDRESS now: sends one\n"
              "unsolicited neighbour advertisement.\n"
              "Exit codes: 0 done, 1 usage, 2 system, 255 not an IPv6 address.\n",
          .options = {},
          .run = [](const Tool& tool, const std::vector<std::string>& words) {
            if (words.size() != 2) return refuse_usage(tool, words.size() < 2 ? "" : "too many arguments");
            const auto ip = parse_ip(words[0]);
            if (!ip || ip->family != AF_INET6 || ip->prefix)
              return refuse(tool, "not an IPv6 address: " + words[0], kBadAddress);
            const auto sent = advertise(*ip, words[1]);
            return sent ? 0 : refuse(tool, sent.error().text(), kSystem);
          }};
}

}  // namespace vz
