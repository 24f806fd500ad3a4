#pragma once

#include <string>

namespace vz {

using Ctid = unsigned;

// Where everything lies. Built from vz.conf (see config/global_config.h) and an optional prefix that is put
// in front of every default, so that all that needs no kernel can be tested in a temporary directory.
struct Paths {
  explicit Paths(const std::string& prefix = "");

  std::string config;        // /etc/vz: vz.conf, conf/, names/, dists/
  std::string lock;          // LOCKDIR; empty when vz.conf does not set it
  std::string dump;          // DUMPDIR
  std::string templates;     // TEMPLATE
  std::string root;          // VE_ROOT of vz.conf, with $VEID in it
  std::string private_area;  // VE_PRIVATE of vz.conf, with $VEID in it
  std::string run;           // /run/vz: what is true until the next boot
  std::string state;         // /var/lib/vzctl
  std::string lxcfs;         // where lxcfs serves its files
  std::string programs;      // where our commands are installed

  std::string global_config() const { return config + "/vz.conf"; }
  std::string container_configs() const { return config + "/conf"; }
  std::string container_config(Ctid ctid) const;
  std::string sample_config(const std::string& name) const;
  std::string names() const { return config + "/names"; }
  std::string dists() const { return config + "/dists"; }
  std::string lock_file(Ctid ctid) const;
  std::string default_dump(Ctid ctid) const;
  std::string template_cache() const { return templates + "/cache"; }
  // /run/vz/CTID: this container's run state.
  std::string run_of(Ctid ctid) const;
  // /run/vz/CTID.dev: where its device nodes are mounted; not in run_of(), which is closed to its root.
  std::string device_nodes_of(Ctid ctid) const { return run_of(ctid) + ".dev"; }
  // /run/vz/CTID.net and CTID.netdevs: its network namespace, held while it has interfaces of the host
  // (container/netdevs.h), and which.
  std::string held_netns_of(Ctid ctid) const { return run_of(ctid) + ".net"; }
  std::string netdevs_of(Ctid ctid) const { return run_of(ctid) + ".netdevs"; }
  std::string console_socket(Ctid ctid) const { return run_of(ctid) + "/console"; }
};

// For tests without a kernel's help: VZ_PREFIX of the environment, which stands before every path of the
// host's. Ignored in a program that has gained rights by being executed.
std::string test_prefix();

// Replaces the first $VEID or ${VEID} and strips trailing slashes. Source: vzctl 4.x.
std::string expand_veid(const std::string& path, Ctid ctid);

}  // namespace vz
