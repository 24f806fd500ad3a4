#include "libvz/network/nft_set.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "libvz/core/fd.h"

namespace vz {

namespace {

constexpr std::uint32_t kSequence = 1;

std::string bytes_of(const void* data, size_t size) {
  return {static_cast<const char*>(data), size};
}

// A netlink attribute, padded (netlink(7)).
std::string attribute(unsigned type, std::string payload) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(sizeof header + payload.size());
  header.nla_type = static_cast<std::uint16_t>(type);
  payload.resize(NLA_ALIGN(payload.size()), '\0');
  return bytes_of(&header, sizeof header) + payload;
}

std::string nested(unsigned type, const std::string& payload) {
  return attribute(type | NLA_F_NESTED, payload);
}

std::string message(unsigned type, unsigned flags, unsigned family, unsigned resource,
                    const std::string& attributes) {
  nlmsghdr header{};
  nfgenmsg generic{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + sizeof generic + attributes.size());
  header.nlmsg_type = static_cast<std::uint16_t>(type);
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  header.nlmsg_seq = kSequence;
  generic.nfgen_family = static_cast<std::uint8_t>(family);
  generic.version = NFNETLINK_V0;
  generic.res_id = htons(static_cast<std::uint16_t>(resource));
  return bytes_of(&header, sizeof header) + bytes_of(&generic, sizeof generic) + attributes;
}

Result<Fd> open_socket() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return fail_errno(ExitCode::netdev, "nf_tables socket");
  return fd;
}

// What an earlier, failed transaction may have left.
void drain(int socket) {
  std::array<char, 8192> buffer{};
  while (recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

// The kernel's verdict: the first acknowledgement is either of the message or of the batch that could not
// begin.
Result<int> verdict(int socket) {
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(ExitCode::netdev, "nf_tables answer");
    nlmsghdr header{};
    nlmsgerr answer{};
    if (static_cast<size_t>(got) < sizeof header + sizeof answer) continue;
    std::memcpy(&header, buffer.data(), sizeof header);
    std::memcpy(&answer, buffer.data() + sizeof header, sizeof answer);
    if (header.nlmsg_type == NLMSG_ERROR) return -answer.error;
  }
}

Result<void> change(FilterFamily family, const std::string& set, const std::string& ifname, bool add) {
  static const Result<Fd> socket = open_socket();
  if (!socket) return std::unexpected(socket.error());
  const std::string transaction = set_transaction(family, set, ifname, add);
  drain(socket->get());
  if (send(socket->get(), transaction.data(), transaction.size(), 0) < 0) {
    return fail_errno(ExitCode::netdev, "nf_tables request");
  }
  VZ_ASSIGN(const int error, verdict(socket->get()));
  const int fine = add ? EEXIST : ENOENT;
  if (error == 0 || error == fine) return {};
  return fail_errno(ExitCode::netdev, "nf_tables set " + set + ", " + ifname, error);
}

}  // namespace

std::string set_transaction(FilterFamily family, const std::string& set, const std::string& ifname,
                            bool add) {
  std::string key = ifname;
  key.resize(IFNAMSIZ, '\0');
  const std::string element = nested(NFTA_SET_ELEM_KEY, attribute(NFTA_DATA_VALUE, key));
  const std::string attributes = attribute(NFTA_SET_ELEM_LIST_TABLE, std::string("vz") + '\0') +
                                 attribute(NFTA_SET_ELEM_LIST_SET, set + '\0') +
                                 nested(NFTA_SET_ELEM_LIST_ELEMENTS, nested(NFTA_LIST_ELEM, element));
  const unsigned type = NFNL_SUBSYS_NFTABLES << 8 | (add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM);
  const unsigned flags = NLM_F_ACK | (add ? NLM_F_CREATE : 0);
  const unsigned protocol = family == FilterFamily::inet ? NFPROTO_INET : NFPROTO_BRIDGE;
  return message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, "") +
         message(type, flags, protocol, 0, attributes) +
         message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, "");
}

Result<void> add_to_set(FilterFamily family, const std::string& set, const std::string& ifname) {
  return change(family, set, ifname, true);
}

Result<void> remove_from_set(FilterFamily family, const std::string& set, const std::string& ifname) {
  return change(family, set, ifname, false);
}

}  // namespace vz
