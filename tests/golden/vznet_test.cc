// vznetcfg, vznetaddbr and vzifup-post as far as they go without rights.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libvz/core/process.h"
#include "tests/golden/host.h"

namespace vz {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class VzNet : public testing::Test {
 protected:
  // As Host::tool(), for a container.
  Said run(const std::string& veid, const std::string& tool, const std::vector<std::string>& words) const {
    Command command;
    command.argv = {std::string(VZ_TOOLS_DIR) + "/" + tool};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.environment.push_back("VZ_PREFIX=" + host_.files().path());
    if (!veid.empty()) command.environment.push_back("VEID=" + veid);
    const Finished finished = vz::run(command).value();
    return {finished.output, finished.errors, finished.exit_code};
  }
  void external_script(const std::string& text) const {
    const std::string script = host_.files() / "script";
    host_.files().write("script", "#!/bin/sh\n" + text);
    chmod(script.c_str(), 0755);
    host_.files().write("etc/vz/vznet.conf", "#!/bin/bash\nEXTERNAL_SCRIPT=\"" + script + "\"\n");
  }
  Host host_;
};

TEST_F(VzNet, OtherActionsAreInvalid) {
  for (const char* tool : {"vznetcfg", "vznetaddbr"}) {
    const std::string prefix = std::string(tool) + ": invalid action: ";
    EXPECT_EQ(run("101", tool, {}), (Said{"", prefix + "\n", 1}));
    EXPECT_EQ(run("101", tool, {"init", "venet", "x"}), (Said{"", prefix + "init venet x\n", 1}));
    EXPECT_EQ(run("101", tool, {"init", "veth", "../x"}).code, 1);
    EXPECT_EQ(run("101", tool, {"init", "veth", "a-name-that-is-too-long"}).code, 1);
  }
}

TEST_F(VzNet, VznetcfgPassesItsWordsAndTheContainerOn) {
  external_script("echo \"$VEID $*\"; exit 7\n");
  EXPECT_EQ(run("101", "vznetcfg", {"init", "veth", "veth101.0"}),
            (Said{"101 init veth veth101.0\n", "", 7}));
}

TEST_F(VzNet, VznetcfgWithoutAScriptNeedsTheInterface) {
  const Said said = run("101", "vznetcfg", {"init", "veth", "no-such-veth"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("no-such-veth"));
}

TEST_F(VzNet, VznetaddbrFindsTheBridgeInTheConfiguration) {
  host_.add_container(
      "101", "NETIF=\"ifname=eth0,host_ifname=no-veth.0,bridge=no-br7;ifname=eth1,host_ifname=no-veth.1\"\n");
  const Said named = run("101", "vznetaddbr", {"init", "veth", "no-veth.0"});
  EXPECT_EQ(named.out, "Adding interface no-veth.0 to bridge no-br7 on CT0 for CT101\n");
  EXPECT_EQ(named.code, 1);
  EXPECT_THAT(named.err, HasSubstr("no-br7"));
  EXPECT_THAT(run("101", "vznetaddbr", {"init", "veth", "no-veth.1"}).out,
              StartsWith("Adding interface no-veth.1 to bridge vmbr0 "));
  host_.files().write("etc/vz/vz.conf", host_.files().read("etc/vz/vz.conf") + "DEFAULT_BRIDGE=\"no-br8\"\n");
  EXPECT_THAT(run("101", "vznetaddbr", {"init", "veth", "no-veth.1"}).out,
              StartsWith("Adding interface no-veth.1 to bridge no-br8 "));
}

TEST_F(VzNet, VznetaddbrSaysWhatIsMissing) {
  EXPECT_EQ(run("", "vznetaddbr", {"init", "veth", "x"}), (Said{"", "vznetaddbr: VEID is not set\n", 1}));
  EXPECT_EQ(run("101", "vznetaddbr", {"init", "veth", "x"}).code, 1);
  host_.add_container("101");
  EXPECT_EQ(run("101", "vznetaddbr", {"init", "veth", "x"}),
            (Said{"", "vznetaddbr: CT101 has no interface x\n", 1}));
}

TEST_F(VzNet, VzifupPostLeavesAloneWhatIsNoneOfItsBusiness) {
  EXPECT_EQ(run("", "vzifup-post", {"no-such-if"}), (Said{"", "", 0}));
  EXPECT_EQ(run("", "vzifup-post", {"lo"}), (Said{"", "", 0}));
  EXPECT_EQ(run("", "vzifup-post", {}).code, 1);
  (void)remove_tree(host_.files() / "etc");
  EXPECT_EQ(run("", "vzifup-post", {"lo"}), (Said{"", "", 0}));
}

}  // namespace
}  // namespace vz
