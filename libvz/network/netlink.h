#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libvz/config/values.h"
#include "libvz/core/fd.h"
#include "libvz/core/result.h"

struct nl_sock;
struct nl_msg;

namespace vz {

struct LinkInfo {
  int index = 0;
  std::string name;
  std::string kind;  // "veth", "bridge", …; empty for hardware
  Mac mac;
  unsigned flags = 0;  // IFF_*
  int master = 0;      // index of the bridge or bond that it is a port of
  int mtu = 0;
  bool ethernet = false;
};

struct InterfaceAddress {
  int index = 0;  // of the interface
  IpAddress ip;   // with prefix
};

// A route to one address or, without destination, the default route.
struct Route {
  std::optional<IpAddress> destination{};
  int index = 0;
  std::optional<IpAddress> gateway{};  // reached directly on the interface, whatever the prefixes say
  int family = 0;                      // of the default route
  std::optional<IpAddress> source{};   // the host's own packets there come from this address
};

struct RouteTarget {
  int index = 0;       // of the interface
  bool local = false;  // the address is this host's own
};

struct VethPair {
  int netns_fd = -1;  // where the container's end is created
  std::string name;   // there
  int ifindex = 0;    // there
  std::optional<Mac> mac{};
  std::string host_name;  // in the namespace of the socket
  std::optional<Mac> host_mac{};
};

// A routing netlink socket of one network namespace. It stays in that namespace whatever becomes of the
// process. All calls are synchronous. Errors name the object and have code netdev; the errno of the kernel is
// kept (EEXIST, ENODEV …).
class Netlink {
 public:
  // In the process's own network namespace.
  static Result<Netlink> open();
  // In another one, without moving the process.
  static Result<Netlink> open_in(int netns_fd);
  Netlink(Netlink&&) noexcept;
  Netlink& operator=(Netlink&&) noexcept;
  ~Netlink();

  Result<std::vector<LinkInfo>> links();
  Result<std::optional<LinkInfo>> find_link(const std::string& name);
  // As find_link(), but not there is an error.
  Result<LinkInfo> link(const std::string& name);
  Result<void> create_veth(const VethPair& pair);
  Result<void> delete_link(const std::string& name);  // not there: fine
  Result<void> set_up(int index, bool up);
  // Everything that is sent by the interface is dropped; or what was there before drop_all() holds again.
  Result<void> drop_all(int index, bool drop);
  Result<void> set_mac(int index, const Mac& mac);
  Result<void> set_master(int index, int master);  // 0: none
  // Into another network namespace, where it gets the name. It is down there and has lost its addresses.
  Result<void> move_link(int index, int netns_fd, const std::string& name);

  Result<std::vector<InterfaceAddress>> addresses();
  // Without prefix: /32 or /128. No duplicate address detection. There already, or not there: fine.
  // host_scope: never chosen as the source of a packet.
  Result<void> add_address(int index, const IpAddress& ip, bool host_scope = false);
  Result<void> del_address(int index, const IpAddress& ip);

  // replace: one to the same destination goes; otherwise it stays and this one is not added.
  Result<void> add_route(const Route& route, bool replace = true);
  Result<void> del_route(const Route& route);  // not there: fine
  // How the host reaches the address; nothing if it does not.
  Result<std::optional<RouteTarget>> route_to(const IpAddress& ip);

  // Proxy neighbour: the host answers ARP or ND for ip on this interface.
  Result<void> add_proxy(int index, const IpAddress& ip);
  Result<void> del_proxy(int index, const IpAddress& ip);  // not there: fine

 private:
  struct Close {
    void operator()(nl_sock* socket) const;
  };
  explicit Netlink(nl_sock* socket);
  static Result<nl_sock*> connect();
  // Sends, frees the message and waits for the answer: 0 or the kernel's errno.
  int transact(nl_msg* message);
  std::unique_ptr<nl_sock, Close> socket_;
};

// A host interface that leads to other machines.
struct Uplink {
  int index = 0;
  std::string name;
  Mac mac;
  std::optional<IpAddress> address{};  // one of its own, of the family that was asked for
};

// The uplinks on which an address is to be answered for and announced: Ethernet interfaces that are up, not
// loopback, not a port of a bridge or bond, not a container's host end; of these, those with an address whose
// prefix covers ip; if there are none, all that have an address of that family at all. names not empty:
// exactly those (not there: an error).
Result<std::vector<Uplink>> find_uplinks(Netlink& netlink, const IpAddress& ip,
                                         const std::vector<std::string>& names);
// Every interface that an uplink could be.
Result<std::vector<std::string>> all_uplinks(Netlink& netlink);
// The choice itself, for tests.
std::vector<Uplink> choose_uplinks(const std::vector<LinkInfo>& links,
                                   const std::vector<InterfaceAddress>& addresses, const IpAddress& ip);

}  // namespace vz
