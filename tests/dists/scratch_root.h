#pragma once

#include <map>
#include <string>
#include <vector>

#include "libvz/core/process.h"
#include "libvz/core/test_directory.h"
#include "libvz/distro/dist_scripts.h"

namespace vz {

// Which shell and tools a script finds in a container.
enum class Userland : std::uint8_t { bash, dash, busybox };
std::string userland_name(Userland userland);

// A directory with a shell, the common tools and an /etc as in a container, in which scripts run with it as
// their root: in user, mount and UTS namespaces of their own, so that it needs no rights and
// reaches nothing else. Tools of one distribution or another (netplan, nmcli) are not there.
class ScratchRoot {
 public:
  explicit ScratchRoot(Userland userland);

  // Why there can be none here; empty if there can.
  static std::string missing(Userland userland);

  // Path from the root → content; "-> TARGET" makes a symbolic link, a path that ends with "/" a directory.
  using Tree = std::map<std::string, std::string>;
  void put(const Tree& tree) const;
  // A program of that name in /bin; text: a script for sh.
  void put_program(const std::string& name, const std::string& text) const;
  std::string read(const std::string& path) const { return top_.read(path); }
  const TestDirectory& top() const { return top_; }

  // Everything below /etc, as text: "--- etc/hosts 644" and the content, links as "--- etc/x -> y". Without
  // what is exactly so in the earlier dump's tree.
  Tree snapshot() const;
  static std::string difference(const Tree& before, const Tree& after);

  Finished run(const ContainerScript& script) const;

 private:
  void furnish() const;
  // Makes the namespaces, in a process that holds them; making them for every script would be slow.
  void hold();
  Result<void> enter() const;

  Userland userland_;
  TestDirectory top_;
  Child holder_;
};

// The scripts of the source tree for this template.
DistScripts shipped_scripts(const std::string& ostemplate);

}  // namespace vz
